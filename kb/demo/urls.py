from django.urls import path

from kb.demo import views

urlpatterns = [path("demo/remove/", views.remove_demo, name="remove_demo")]
