"""An address that carries what HTML must escape."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("<str:words>/", lambda request, words: HttpResponse(words), name="strange")]
