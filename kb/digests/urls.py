"""Addresses of digests and subscriptions."""

from django.urls import path

from kb.digests.views import reading, subscriptions, unsubscribing

urlpatterns = [
    path("digests/", reading.digests, name="digests"),
    path("digests/<str:uid>.txt", reading.digest_text, name="digest_text"),
    path("digests/<str:uid>/", reading.digest, name="digest"),
    path("subscriptions/", subscriptions.subscriptions, name="subscriptions"),
    path("subscriptions/start/", subscriptions.start_subscription, name="start_subscription"),
    path("subscriptions/follow/", subscriptions.follow, name="follow"),
    path("subscriptions/unfollow/", subscriptions.unfollow, name="unfollow"),
    path("subscriptions/explain/", subscriptions.explain_interest, name="explain_interest"),
    path("subscriptions/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("subscriptions/<str:uid>/schedule/", subscriptions.reschedule, name="reschedule"),
    path("subscriptions/<str:uid>/interests/", subscriptions.add_interest, name="add_interest"),
    path("subscriptions/<str:uid>/pause/", subscriptions.pause_subscription, name="pause_subscription"),
    path("subscriptions/<str:uid>/resume/", subscriptions.resume_subscription, name="resume_subscription"),
    path("subscriptions/<str:uid>/delete/", subscriptions.delete_subscription, name="delete_subscription"),
    path("subscriptions/<str:uid>/preview/", subscriptions.preview, name="preview_digest"),
    path("subscriptions/<str:uid>/send/", subscriptions.send_one_now, name="send_one_now"),
]
