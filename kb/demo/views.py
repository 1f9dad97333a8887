"""Removing the demo with one click, for administrators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kb.demo.removing import remove
from kb.demo.seeding import is_here


@require_http_methods(["GET", "POST"])
def remove_demo(request):
    """What would go (GET), and go (POST)."""
    if not request.user.is_admin:
        raise PermissionDenied("Removing the demo is for administrators.")
    if request.method == "POST" and is_here():
        counts = remove(by=request.user)
        messages.success(
            request, f"The demo is gone: {counts['postmortems']} postmortems and {counts['people']} people."
        )
        return redirect("home")
    return render(request, "demo/remove_demo.html", {"is_here": is_here()})
