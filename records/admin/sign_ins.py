"""Sign-ins in the audit trail. Django's own signals are the only way to see them; our own acts write their entries themselves."""

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils.crypto import salted_hmac

from records.models import TrailEntry


def counted_name(request, credentials: dict | None = None) -> str:
    """The name typed as failures are counted by it: a digest, since it may be a password."""
    typed = (credentials or request.POST).get("username", "")
    return salted_hmac("records.admin.sign_ins", str(typed)).hexdigest()


@receiver(user_logged_in)
def signed_in(sender, user, **kwargs):  # noqa: ARG001 - what the signal sends
    TrailEntry.note(TrailEntry.Kind.SIGN_IN, by=user, on=user)


@receiver(user_logged_out)
def signed_out(sender, user, **kwargs):  # noqa: ARG001
    if user is not None:
        TrailEntry.note(TrailEntry.Kind.SIGN_OUT, by=user, on=user)


@receiver(user_login_failed)
def sign_in_failed(sender, credentials, **kwargs):  # noqa: ARG001
    """Names the account where there is one; a name that is none may be a password typed into the wrong field."""
    users = get_user_model()
    user = users.objects.filter(**{users.USERNAME_FIELD: str(credentials.get("username", "")).replace("\0", "")}).first()
    TrailEntry.note(TrailEntry.Kind.SIGN_IN_FAILED, by=None, on=user)
