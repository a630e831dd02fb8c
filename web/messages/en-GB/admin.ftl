# The operator's page: how the instance is. What the checks found is said by the checks themselves.

title-admin = This HEC
nav-admin = This HEC
admin-heading = This HEC
admin-intro = For whoever looks after it. Nothing of anybody’s record is shown here.
admin-summary-ok = All is well.
admin-summary-warn =
    { $count ->
        [one] It works. One thing should be looked at.
       *[other] It works. { $count } things should be looked at.
    }
admin-summary-fail =
    { $count ->
        [one] One thing needs you.
       *[other] { $count } things need you.
    }
admin-old = This version is { $days } days old.
admin-old-why = It asks nobody whether there is a newer one, so somebody has to look: weaknesses that became known since are mended there.
admin-old-what = Look where this HEC came from. If there is a newer version: see that the last backup below is a good one, then install the newer one the same way as this one. Nothing of the record is lost by it. If there is none, this one is the newest, and it is enough to look again in a month.
admin-checks = What was looked at
admin-checks-hint = The same as “hec doctor” says on the machine. Loading this page looks again; only the mail server is tried by “hec doctor” alone.
admin-state-ok = Well
admin-state-warn = Look
admin-state-fail = Failed
admin-mend = What to do:

admin-check-store = Store
admin-check-keys = Keys
admin-check-disk = Room on the disk
admin-check-write = Writing to the disk
admin-check-modes = Who can read the files
admin-check-clock = Clock
admin-check-build = Age of this version
admin-check-certificate = Certificate
admin-check-names = Names
admin-check-listen = Where it listens
admin-check-reach = Whether it answers
admin-check-mail = Mail
admin-check-proxies = Reverse proxies
admin-check-passkeys = Passkeys
admin-check-pictures = Photos
admin-check-backups = Backups
title-admin-backups = Backups
backups-link = Backups and their proofs
backups-intro = Copies of the whole record in other places, sealed. Each is read back and opened before it counts as good.
backups-now = Back up now
backups-kind-disk = a folder
backups-kind-s3 = S3
backups-kind-webdav = WebDAV
backups-append-only = Nothing is ever removed there.
backups-good = Read back
backups-failed = Failed
backups-running = Under way
backups-size = { $size } in all, of which { $sent } were new
backups-deep = Every byte was last read back { $at }
backups-none-yet = No backup yet. The first one is made within ten minutes.
backups-no-destination = Whoever runs this machine says in a file where backups go. The README has a chapter on it.
backups-restore = To bring the record back, run “hec restore” on the machine, with the recovery code at hand.
backups-fail = Backups fail or are overdue.
backups-fail-link = Look at them
notice-backup-begun = The backup has begun. Load this page again to see how it goes.

admin-facts = At a glance
admin-fact-version = Version
admin-fact-built = Built on
admin-fact-since = Running since
admin-fact-url = People use
admin-fact-addresses = Listens on
admin-fact-tls = Encryption
admin-fact-until = Certificate until
admin-fact-families = Families
admin-fact-accounts = Accounts
admin-fact-size = Store, without photos
admin-fact-free = Free on the disk
admin-tls-off = none of its own: this machine only, or behind a reverse proxy
admin-tls-local = TLS with an authority of its own
admin-tls-files = TLS with a certificate from files
admin-tls-acme = TLS with a certificate from an authority

admin-support = Ask for help
admin-support-text = The support file says how this HEC is set up and what the checks found. Host names, addresses and emails are replaced in it, and there is nothing of anybody’s record. Read it before you pass it on.
admin-support-get = Get the support file

title-invitations = Invitations
invitations-heading = Invitations
invitations-intro = A link lets one new family in. It works once, for seven days. Hand it over yourself; where mail is set up, HEC can send it as well.
invitations-policy-invite = New families come in by invitation only.
invitations-policy-open = Registration is open on this HEC: whoever reaches it may come in without an invitation.
invitations-policy-off = Registration is off on this HEC: nobody can come in, not even by an invitation.
invitation-new-heading = The new link
invitation-new-text = Copy it now, or let a phone read the picture. It is shown only this once, and works until { $ends }.
invitation-link = Invitation link
invitation-code = The invitation link as a picture for a phone’s camera
invitation-whom = Who is it for?
invitation-whom-hint = Only to tell invitations apart. Only operators see it.
invitation-make = Make an invitation
invitations-open = Open invitations
invitations-none = There are none.
invitation-nameless = Without a name
invitation-ends = Works until { $when }.
invitation-withdraw = Withdraw
admin-invitations = Let a family in
admin-invitations-text = An invitation is a link that works once. It makes an account with a family of its own, which sees nothing of the others.
admin-invitations-go = Invitations
