import pytest

from byline.privacy.personal import find_personal


def kinds(text):
    return [(one.kind, text[one.start : one.end]) for one in find_personal([text])[0]]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("ask ann.bo@harbour.example, please", "email", "ann.bo@harbour.example"),
        ("Cc: <łukasz@langa.pl>", "email", "łukasz@langa.pl"),
        ("12345+ann@users.noreply.github.com", "email", "12345+ann@users.noreply.github.com"),
        ("email='me@some.org'", "email", "me@some.org"),
        ("mailto:o.hara@corp.co.uk?subject=x", "email", "o.hara@corp.co.uk"),
        ("call +49 30 901820 today", "phone", "+49 30 901820"),
        ("tel:+441234567890", "phone", "+441234567890"),
        ("office: +1 (415) 555-2671", "phone", "+1 (415) 555-2671"),
        ("fax (212) 736-5000", "phone", "(212) 736-5000"),
        ("reach me: 415-555-2671.", "phone", "415-555-2671"),
        ("IBAN DE89 3704 0044 0532 0130 00 ok", "iban", "DE89 3704 0044 0532 0130 00"),
        ("pay GB82WEST12345698765432 now", "iban", "GB82WEST12345698765432"),
        ("card 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("amex: 378282246310005;", "card", "378282246310005"),
        ("mc = '5555-5555-5555-4444'", "card", "5555-5555-5555-4444"),
        ("host = 185.12.64.1", "ip-address", "185.12.64.1"),
        ("http://109.187.217.200:8080/", "ip-address", "109.187.217.200"),
        ("8.8.4.4,185.12.64.1", "ip-address", "185.12.64.1"),
        ("dns 2a01:4f8:c0c:9f1::2", "ip-address", "2a01:4f8:c0c:9f1::2"),
        ("SSN 536-22-1234", "ssn", "536-22-1234"),
        ("to 599 Lombard Row, Astoria, OR 97103", "address", "599 Lombard Row, Astoria, OR 97103"),
        ("Hauptstraße 12a, 10115 Berlin.", "address", "Hauptstraße 12a, 10115 Berlin"),
        ("born 14 March 1987 in Gdynia", "birth-date", "born 14 March 1987"),
        ("date of birth: 1987-03-14", "birth-date", "date of birth: 1987-03-14"),
    ],
)
def test_found_exactly(text, kind, value):
    assert (kind, value) in kinds(text)
    padded = f"ü☃\n{text}"
    assert (kind, value) in kinds(padded)


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:psf/requests.git",
        "ssh://deploy@git.corp.net/x",
        "https://user:word@host.net/path",
        "user@example.com",
        "icon@2x.png",
        "@property\ndef x(self): ...",
        "@app.route('/x')",
        "a @ b.T",
        "noreply@corp.net",
        "systemctl start getty@tty1.service",
        "offset +0200, delta +12345678901",
        "2024-01-02 +00:00",
        "x = y +1 234 567",
        "1234567890123456",
        "0.4539148803436467",
        "0x4111111111111111",
        "order 4111 1111 1111 1112",
        "5555555555555551",
        "DE89 3704 0044 0532 0130 01",
        "AB12CDEF3456789012345",
        "10.0.0.1 192.168.1.1 172.16.3.4 127.0.0.1 0.0.0.0",
        "198.51.100.7 203.0.113.9 192.0.2.1 224.0.0.1",
        "version 41.52.63.74",
        "pkg==41.52.63.74",
        "v41.52.63.74",
        "1.2.3.4",
        "1.3.6.1.4.1.311.21.20",
        "300.52.63.74",
        "2001:db8::1 fe80::1 ::1 fc00::1",
        "12:34:56 00:1b:44:11:3a:b7",
        "std::vector::iterator",
        "000-12-3456 666-12-3456 912-12-3456 536-00-1234 536-22-0000",
        "2024-536-22-1234-9",
        "ISBN 978-3-16-148410-0",
        'd="M12,3.42a82.64,82.64,0,0,0,10.46,2.1,1.52.66.13"',
        "550e8400-e29b-41d4-a716-446655440000",
        "born in March",
        "f = mpf((1, 6458161865649291, 2))",
        "x**2 + 4828147466240000*t",
        "x[12 a, B, OK 12345]",
        "lines 12 to 40, see page, XX 12345",
    ],
)
def test_not_personal_data(text):
    assert kinds(text) == []
