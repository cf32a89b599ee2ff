"""The two account pages on which this product differs from allauth."""

from allauth.account.views import password_reset
from allauth.mfa.base.views import authenticate
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def reset_password(request: HttpRequest) -> HttpResponse:
    """Sends a link to choose a new password; where no mail is sent, says who sets one instead."""
    if not settings.SENDS_MAIL:
        return render(request, "account/password_reset_by_admin.html")
    answer: HttpResponse = password_reset(request)
    return answer


def second_factor(request: HttpRequest) -> HttpResponse:
    """Asks for the code of the second factor."""
    if request.method == "POST" and "code" not in request.POST:
        # allauth takes such a form for the answer of a security key, which this product does not offer.
        return redirect("mfa_authenticate")
    answer: HttpResponse = authenticate(request)
    return answer
