"""Where everything answers: each app's addresses, and the few of the house."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from kb import profile, views
from kb.accounts.sign_in import SignIn
from kb.appearance import appearance
from kb.first_admin import first_admin

# One door: the administration signs people in where everybody does, with its throttle.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("appearance/", appearance, name="appearance"),
    path("first-admin/<str:token>/", first_admin, name="first_admin"),
    path("accounts/login/", SignIn.as_view(), name="account_login"),
    path("accounts/", include("allauth.urls")),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", profile.create_token, name="create_token"),
    path("profile/tokens/<str:uid>/revoke/", profile.revoke, name="revoke_token"),
    path("admin/", admin.site.urls),
    path("api/", include("kb.api")),
    path("help/", TemplateView.as_view(template_name="help/help.html"), name="help"),
    path("", include("kb.demo.urls")),
    path("", include("postmortems.urls")),
    path("", include("search.urls")),
    path("", include("kb.digests.urls")),
]
