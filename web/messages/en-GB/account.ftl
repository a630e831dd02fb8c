# Setting up, registering, signing in, the account page.

setup-heading = Welcome to HEC
setup-intro = A private record of your family’s home education, kept on this machine. First, an account for you.
setup-button = Continue
setup-expired-heading = This link no longer works
setup-expired-text = It has been used already, or it is older than 30 minutes. To make a new one, run this on the machine that HEC runs on:
setup-expired-next = Then open the link that it prints.

register-heading = Create an account
register-intro = For a parent or carer. You can add your children in a moment.
register-button = Create account
register-have-account = Already have an account?
register-sign-in-invited = Sign in to use this invitation
register-closed-heading = No new accounts here
register-closed-text = This HEC is not open to new families. If you think that you should have an account, ask whoever runs it.
register-invite-heading = By invitation
register-invite-text = New families come in by invitation. Whoever runs this HEC can give you a link.
register-ended-heading = This invitation no longer works
register-ended-text = It has been used already, was withdrawn, or is older than seven days. Ask whoever gave it to you for a new one.

sign-in-heading = Sign in
sign-in-button = Sign in
sign-in-forgotten = Forgotten your password? Ask whoever runs this HEC.
sign-in-new = New here?
sign-in-register = Create an account
sign-in-child = Are you a child? You sign in at your family’s own address: ask your parent or carer for it.

account-name = Your name
account-name-hint = As you like to be greeted. A first name is fine.
account-email = Email
account-email-hint = You sign in with it.
account-password = Password
password-hint = At least { $min } characters. Three or four words that have nothing to do with each other are strong and easy to remember.
password-strong = Strong enough.
password-show = Show
password-hide = Hide
password-show-label = Show password
account-family = Family name
account-family-hint = A name for your shared record, such as “The Ash family”.
account-learner = First child’s nickname
account-learner-hint = A nickname is enough. You can add more children later.
account-adult = I am 18 or over, and a parent or carer
account-adult-only = I am 18 or over
account-adult-hint = Only an adult can hold an account. Children have none: where a parent or carer allows it, they sign in with secret words of their own.
# Whoever came in as a viewer, and was given another role.
title-account-declaration = You keep this record now
account-declaration-text = An owner has given you another part in { $family }: you may write in it. When you came in to read along, you told HEC that you are an adult. Whoever keeps a record is a parent or carer as well.
account-declaration-not = Are you neither? Ask an owner to let you read along again.
account-declaration-due = You keep the record of { $family } now: one thing is to be declared.
account-declaration-link = Declare it
notice-declared = Thank you. That is noted.

account-honest-heading = Who could read it
account-honest-text = No page shows your record to another family. Whoever controls the machine that HEC runs on could still read it. If that is not you, choose someone you trust.
account-honest-link = How HEC treats your data

account-heading = Your account
account-minimal = Besides the family’s record HEC holds about you: your name and email, your families, what you sign in with, apps and tokens, the devices on which you are signed in, and for a year what was done with your account, each with the network’s address.
account-minimal-link = See devices and what was done
account-sign-out = Sign out
tokens-heading = Apps and scripts
tokens-intro = A token lets an app or a script read or write your record in your name. If you use none, you need nothing here.
token-new-heading = Your new token
token-new-text = Copy it now. It is shown only this once.
token-value = New token
token-copy = Copy
token-copied = Copied
token-dates = Made { $created }, ends { $expires }.
token-used = Last used { $when }.
token-unused = Not used yet.
token-revoke = Revoke
token-add-heading = Make a token
token-add-button = Make the token
token-name = What is it for?
token-name-hint = So that you know it again, for example “phone app”.
token-scopes = What may it do?
token-scopes-short = Rights
token-scopes-hint = Choose as little as it needs.
token-days = How long should it last?
token-days-short = How long
token-days-30 = 30 days
token-days-90 = 90 days
token-days-365 = A year
