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
admin-check-left = Records that were replaced
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
admin-check-families = Families’ photos
admin-check-upgrade = Upgrades
admin-check-recovery = Recovery code
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
backups-cut-off = Cut off
backups-size = { $size } in all, of which { $sent } were new
backups-untidy = Older ones could not be removed: { $why }
backups-deep = Every byte was last read back { $at }
backups-none-yet = No backup yet. The first one is made within ten minutes.
backups-no-destination = Whoever runs this machine says in a file where backups go. The README has a chapter on it.
backups-restore = To bring the record back, run “hec restore” on the machine, with the recovery code at hand.
backups-fail = Backups fail or are overdue.
backups-fail-link = Look at them
notice-backup-going = A backup is being made already. Load this page again to see how it goes.

# The recovery drill.
title-admin-recovery = Try the recovery code
recovery-link = Try it
recovery-intro = The recovery code on paper is the last way to the record when every other key is lost. Type it from the paper each quarter, so that a lost paper is noticed in time.
recovery-last = It was last typed, and right, on { $date }.
recovery-next = HEC asks again on { $date }.
recovery-never = Nobody has typed it here yet.
recovery-due = It is time to try the recovery code from the paper.
recovery-due-link = Type it
recovery-lost = I no longer have it
recovery-none = There is no recovery code yet
recovery-lost-text = Make a new one now, with pen and paper ready: it is shown once, and counts once you have typed it back.
recovery-lost-rotate = The earlier code goes on working. If somebody else may have it, run “hec key rotate” on the machine: it puts the record under a new key, and the earlier code then opens nothing but old backups.
notice-recovery-right = That is the right code. Keep the paper where it was.

# The sheet for the drawer.
title-admin-sheet = Sheet for the drawer
sheet-link = Print the sheet for the drawer
sheet-intro = One page for whoever must bring the record back when the machine is gone. Print it, write the recovery code in by hand, and keep it away from the machine. The code is kept nowhere, so it cannot be printed here.
sheet-title = How to bring back the record of { $name }
sheet-made = { $date }, HEC { $version }
sheet-address = Address
sheet-data = Folder on the machine
sheet-code = Recovery code
sheet-code-hint = Eight groups of five letters and digits. Whoever has this sheet and the machine’s disk, or a backup, can read everything.
sheet-places = Where backups lie
sheet-no-places = Nowhere yet. Print this sheet again once there are some.
sheet-at-s3 = { $bucket } at { $endpoint }, region { $region }
sheet-needs-disk = Needs the disk itself. A folder of a NAS is mounted there first.
sheet-needs-s3 = Needs its access key, the id and the secret.
sheet-needs-webdav = Needs the password of { $user }.
sheet-needs-root = Needs the certificate of its authority as well, in a file: copy it again from that server, as the README’s chapter “Backups” shows. On the old machine it lay in { $path }.
sheet-do = What to do when the machine is gone
sheet-do-1 = Take any computer with Debian or Ubuntu, and the package of HEC, of this version or a later one. In the folder where it lies: sudo apt install ./hec_*.deb. Set nothing up.
sheet-do-2 = Plug in the disk with the backups, if they lie on one. Then type:
sheet-do-3 = It asks where the backup lies, for the code above, and for the address above. It checks every byte, gives this machine the old one’s name, and starts the server.
sheet-do-4 = Sign in as before. Then: sudo hec doctor. It says what is missing; backups to a disk are to be set up again (less /usr/share/doc/hec/README.md, chapter “Backups”).
sheet-by-hand = For whoever wants no questions: mount the disk, or write /etc/hec/backups.toml; sudo systemctl stop hec hec.socket hec-plain.socket; one of the commands below; sudo systemctl start hec.socket hec-plain.socket hec.
sheet-ask = Whom to ask for help, and where the passwords of the backups are kept:
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
invitation-whom-hint = Only to tell invitations apart. Only operators see it, here and for a year in “What operators did”.
invitation-make = Make an invitation
invitations-open = Open invitations
invitations-none = There are none.
invitation-nameless = Without a name
invitation-ends = Works until { $when }.
invitation-withdraw = Withdraw
admin-invitations = Let a family in
admin-invitations-text = An invitation is a link that works once. It makes an account with a family of its own, which sees nothing of the others. Somebody who has an account here signs in first, and begins the family with that.
admin-invitations-go = Invitations

title-admin-families = Families
families-text = How many there are, how much room the photos of each take, and how much they may take.
families-link = Families and their sizes
families-intro = How many there are and how much room their photos take. No name of a family or a person and nothing of a record is shown here. A family’s adults find its reference under “Room for photos” on their family’s page.
families-summary =
    { $count ->
        [0] There are no families yet.
        [one] 1 family, whose photos take { $size }.
       *[other] { $count } families, whose photos take { $size }.
    }
families-full =
    { $count ->
        [one] One has no room left within its allowance. Its text is saved as ever.
       *[other] { $count } have no room left within their allowance. Their text is saved as ever.
    }
families-usual = Each may take { $size }, as family_allowance in the settings says, unless something else is said here.
families-usual-none = The settings bound nobody. A line there, as in family_allowance = "5 GB", allows each family so much.
families-unbounded = No family is bounded, so one could fill the disk for all.
families-reference = A family’s reference
families-reference-hint = As its adults read it out to you: K7QM-4T2X.
families-find = Find
families-sizes = The largest first
families-counted = All three sizes of every photo count, and those of deleted entries until they are gone for good, after thirty days.
families-used = { $used }
families-used-of = { $used } of { $max }
families-own = (said here)
families-level-filling = 80 % used
families-level-nearly = Nearly full
families-level-full = Full
families-none = There are none.
families-smaller = Smaller ones
families-largest = Back to the largest
title-admin-family = A family’s room
admin-family-heading = Family { $reference }
admin-family-intro = How much room its photos may take. The family sees in its own log that you changed this.
admin-family-smaller = With less than the photos take already, nothing is removed; no more can be added until there is room. What the family writes is saved as ever.
family-allowance = Photos may take
family-allowance-hint = As in 500 MB or 5 GB. Empty: as the settings say, which bound nobody now.
family-allowance-hint-usual = As in 500 MB or 5 GB, or “none” for no bound. Empty: as the settings say, which is { $size } now.
notice-allowance-saved = Saved. The family’s log tells of it.

title-admin-log = What operators did
operators-text = Invitations, links for new passwords, keys, backups and allowances: what was done for this HEC, when and by whom.
operators-link = Look at it
operators-intro = What was done by those who look after this HEC in the last year, on these pages and on the machine. Nothing of anybody’s record is in it. Families and accounts stand in it by their references, apps by their names, and invitations by whom they were for, as an operator typed it.
operators-command-line = on the machine’s command line
operators-none = Nothing yet. What is done from now on is kept here for a year.
operators-no-older = Nothing older than that.

admin-co-op = For a co-op
admin-co-op-text = Whoever runs HEC for several families answers for their data. Two pages to begin with, filled in as far as HEC knows:
