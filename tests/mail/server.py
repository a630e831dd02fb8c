"""A mail server (aiosmtpd): it prints its port, then a line of JSON for each message that it takes.

server.py MODE [--port N] [--certificate FILE --key FILE] [--user USER --password WORD] [--no-utf8] [--answer LINE] [--hold]
MODE is starttls, tls or plain. --answer is said to every recipient; --hold leaves a message without an answer for good.
"""

import argparse
import asyncio
import email
import email.policy
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("mode", choices=["starttls", "tls", "plain"])
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--no-utf8", action="store_true")
parser.add_argument("--answer")
parser.add_argument("--hold", action="store_true")
asked = parser.parse_args()


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if asked.answer:
            return asked.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        taken = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": message.get_content(),
            "raw": envelope.original_content.decode("utf-8", "replace"),
            "encrypted": session.ssl is not None or asked.mode == "tls",
            "user": session.auth_data,
        }
        print(json.dumps(taken), flush=True)
        if asked.hold:
            await asyncio.Event().wait()
        return "250 OK"


def sign_in(server, session, envelope, mechanism, data):
    if (data.login.decode(), data.password.decode()) == (asked.user, asked.password):
        return AuthResult(success=True, auth_data=asked.user)
    return AuthResult(success=False, handled=False)


async def serve():
    context = None
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
    by_command = context if asked.mode == "starttls" else None
    needs = asked.user is not None

    def session():
        return SMTP(
            Box(), hostname="mail.example.org", enable_SMTPUTF8=not asked.no_utf8, tls_context=by_command,
            require_starttls=by_command is not None, authenticator=sign_in if needs else None, auth_required=needs,
            auth_require_tls=asked.mode == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", asked.port, ssl=context if asked.mode == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
