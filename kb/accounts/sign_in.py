"""Signing in: allauth's page, which says 429 also when one name was tried too often, not only one address."""

from allauth.account.views import LoginView


class SignIn(LoginView):
    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = 429
        return response
