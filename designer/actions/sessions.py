"""Who may come in: the token, one-time codes, and the sessions of browsers."""
from designer.installation import Installation


def new_code(inst: Installation) -> str:
    """x"""
    return ""
