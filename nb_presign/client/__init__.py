"""The methods of the API over HTTP, and what can come in place of their answers."""

from nb_presign.client.client import PresignClient, connect_to

__all__ = ["PresignClient", "connect_to"]
