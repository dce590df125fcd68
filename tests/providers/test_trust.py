"""Whose certificates are good, and how seldom that is read."""

import ssl

from support.certificate import self_signed

from nb_presign.providers.trust import trusted


def test_all_connections_share_what_was_read():
    assert trusted("https://one.example/") is trusted("https://two.example/hub/api/")


def test_an_address_without_tls_reads_nothing_and_trusts_nobody():
    context = trusted("http://127.0.0.1:8888/")
    assert context.get_ca_certs() == []
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_whoever_names_another_authority_is_heard_at_once(monkeypatch, tmp_path):
    before = trusted("https://one.example/")
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed(tmp_path).chain))
    (authority,) = trusted("https://one.example/").get_ca_certs()
    assert authority["subject"] == ((("commonName", "localhost"),),)
    monkeypatch.undo()
    assert trusted("https://one.example/") is before
