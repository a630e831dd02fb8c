# Setting up, after the first account. (The first step, and the link that leads to it, stand in account.ftl.)

title-setup-name = Name this HEC
title-setup-address = How HEC is reached
title-setup-keys = What opens the record
title-setup-code = Your recovery code
title-setup-check = Type the recovery code
title-setup-learner = Your first child
title-setup-done = What to do next

setup-step = Step { $number } of { $of }
setup-back = Back
setup-continue = Continue
setup-skip = Skip for now
setup-save = Save
setup-close = Close
setup-unfinished = HEC works, but it is not quite set up yet.
setup-unfinished-link = Finish setting up
account-setup = How this HEC is set up

notice-set-up-finished = All set. Your record starts here.
notice-set-up-code-kept = The recovery code opens the record from now on.
notice-set-up-code-right = That code opens the record. Keep the paper.
notice-set-up-code-needed = One thing is left: a recovery code that you have typed back from paper. Without it, a lost key is the end of the record.
notice-set-up-code-gone = No new code is waiting to be typed back. Make one when you are ready to write it down.

# The name.
setup-name-heading = What is this HEC called?
setup-name-text = So that everyone in the family sees that they are at the right door.
setup-name-label = Name
setup-name-hint = It stands on the sign-in page, for whoever opens that. Leave it empty if nobody should read your name there.
setup-name-usual = HEC of { $family }
page-title-own = { $title } - { $name }
page-title-named = { $title } - { $name } - HEC

# The address.
setup-address-heading = How HEC is reached
setup-address-text = This is how it is now. Look whether that fits where you want to use HEC.
setup-address-text-fine = If it is as you want it, go on. You need not change anything here.
setup-address-text-change = Where nothing below is “Fine as it is”, the settings do not fit any use yet. You can go on all the same, and change them later.
setup-address-url = Address
setup-address-now = You came here by
setup-from-machine = From this machine itself,
setup-from-home = From the home network ({ $peer }),
setup-from-internet = From the internet ({ $peer }),
setup-from-proxy = Through your reverse proxy ({ $peer }),
setup-from-unknown-proxy = Through something in between ({ $peer }),
setup-now-encrypted = encrypted.
setup-now-plain = not encrypted.
setup-address-tls = Encryption on the way
setup-tls-off = HEC itself does none.
setup-tls-local = HEC vouches for itself, for devices at home that were told to trust it.
setup-tls-files = With a certificate from files, which something else renews.
setup-tls-acme = With a certificate that HEC gets and renews by itself.
setup-certificate = Certificate
setup-certificate-for = For { $names }.
setup-certificate-good = It is valid
setup-certificate-early = It is not valid yet, so look at this machine’s clock. It holds
setup-certificate-over = It has run out. It was valid
setup-certificate-until = until { $date }.
setup-certificate-none = There is none yet. On the machine, “hec doctor” says why.
setup-unknown-proxy = Something at { $peer } passed your request on, and HEC was not told about it. If that is your reverse proxy, use the lines under “Behind a reverse proxy”, with its address in “proxies”.
setup-this-machine-only = Only this machine itself can open HEC now. A phone cannot reach it. To change that, choose below where you want to use it.
setup-trust-button = Make this device trust HEC
setup-trust-hint = Do this first, once on each phone, tablet and computer. Then the browser’s warning goes away, and the connection is really private.

setup-uses-heading = Where will you use it?
setup-uses-text = Open the one that is yours.
setup-use-fine = Fine as it is
setup-use-not = Needs a change
setup-use-house = At home only
setup-use-house-text = Phones and computers in your home network reach HEC, and nobody else does. You need no name on the internet; each device is told once to trust HEC.
setup-use-named = At home, under a public name
setup-use-named-text = HEC runs at home, under a name of your own such as hec.example.org, and has a certificate that every device knows already. Another program gets it and keeps it in two files, which HEC’s user must be able to read.
setup-use-server = On a server on the internet
setup-use-server-text = The machine has a public name, and the internet reaches it at port 443. HEC gets a certificate by itself, from Let’s Encrypt, and renews it. With the lines below you accept Let’s Encrypt’s terms.
setup-use-proxy = Behind a reverse proxy
setup-use-proxy-text = Another program, such as Caddy or nginx, stands in front of HEC and does the encryption. HEC has to know its address, or it takes all visitors for one.
setup-use-fine-text = It is set up like that now. There is nothing to do.
setup-use-change = On the machine, put these lines in the place of those with the same beginnings in
setup-use-make = On the machine, make a file with these lines:
setup-use-lines = Lines for: { $use }
setup-use-copy = Copy the lines
setup-use-restart = Put your own names in. Then start HEC again; it says so if something is wrong:
setup-address-help = More about using HEC at home, and away
setup-address-later = You can come back to this at any time, from your account page.

# Keys and the recovery code.
setup-keys-heading = What opens the record
setup-keys-text = Everything that you save is encrypted on the disk. This is what opens it.
setup-keys-file = A key file on this machine
setup-keys-file-does = HEC starts by itself, after a power cut too.
setup-keys-file-protects = It protects a backup, or a disk that somebody finds. It does not protect you if the whole machine is stolen, for the key is on it.
setup-keys-copy = Keep a copy of it on a stick in another place:
setup-keys-passphrase = A passphrase
setup-keys-passphrase-does = After each start, somebody types it on a web page before HEC shows anything.
setup-keys-passphrase-protects = It protects the record even if the whole machine is stolen. After a power cut nobody can write until it was typed.
setup-keys-spare = A key file opens it as well. A thief of the machine may find that, so keep it elsewhere.
setup-keys-change = This is changed on the machine, with “hec key”.
setup-code-heading = Recovery code
setup-code-none = There is none yet. If the key or the passphrase is ever lost, a recovery code on paper is the only way to your record. Nobody else can help then.
setup-code-paper = Have a pen and paper ready. HEC shows the code once, and asks you to type it back.
setup-code-make = Show me a recovery code
setup-code-skip-text = You can go on without it for now, but setting up ends only once a code was typed back.
setup-code-there = There is one since { $date }. Do you still have the paper? Try it.
setup-code-try = Try the code
setup-code-another = Make another code
setup-code-another-hint = If the paper is lost or cannot be read. The earlier code goes on working; “hec key remove” on the machine takes it away.

setup-code-shown-heading = Write this down
setup-code-shown-text = It is shown this once, and never again.
setup-code-print = Print this page
setup-code-keep-1 = Keep the paper away from the machine, where you keep passports.
setup-code-keep-2 = Do not photograph it. Photos go to places that you do not see.
setup-code-keep-3 = Whoever has it and the disk, or a backup, can read the record.
setup-code-written = I have it on paper
setup-code-not-yet = The code opens nothing until you have typed it back. You have 30 minutes.

setup-check-heading = Type the code
setup-check-new = From the paper, so that we both know it is right.
setup-check-old = From the paper. HEC tries whether it opens the record, and changes nothing.
setup-check-label = Recovery code
setup-check-hint = Eight groups of five. Capitals, spaces and hyphens do not matter.
setup-check-button = Check it
setup-check-lost = Cannot read what you wrote? The code is not shown again, but there can be a new one.

# The first child.
setup-learner-heading = Who is learning?
setup-learner-another-heading = Who else is learning?
setup-learner-text = Add a child by a nickname. More can follow at any time.
setup-learner-add = Add and go on
setup-learner-add-another = Add, then another
setup-learner-enough = That is everyone

# The end.
setup-done-heading = HEC is ready
setup-list-heading = How this HEC is set up
setup-done-name = Name
setup-done-no-name = HEC
setup-done-address = Address
setup-done-no-address = As you came here
setup-done-code = There is one. Keep the paper safe
setup-done-no-code = None yet. Better make one soon
setup-done-learners = Children
setup-done-no-learners = None yet
setup-next-heading = What to do next
setup-next-home = Put HEC on your phone’s home screen.
setup-next-home-text = iPhone: Share, then “Add to Home Screen”. Android: the menu, then “Add to Home screen”.
setup-next-entry = Write the first entry.
setup-next-entry-text = A line about today is enough: press the plus.
setup-next-trust = Let the other devices trust HEC.
setup-next-trust-text = Point each one’s camera at this, once:
setup-next-code = Keep the paper with the code safe,
setup-next-code-text = away from the machine.
setup-next-key-file = A copy of the key file on a stick, in another place, is good too.
setup-next-backup = Think of a backup.
setup-next-backup-text = HEC makes them by itself once a file on the machine says where to: another disk, a NAS, a cloud. The README has a chapter on it.
setup-finish = Go to the journal
