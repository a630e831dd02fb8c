# Privacy: a part for adults and a part for children.

privacy-heading = Privacy
privacy-lede = HEC is a record that your family keeps for itself. It runs on a machine of your own, or of someone you know. There is no company behind it that collects anything.
privacy-to-children = There is a part for children, too

privacy-holds = What HEC holds
privacy-holds-1 = About you: a name, an email, your password in a form that cannot be turned back, and a second factor if you set one up; on which devices you have signed in; and for a year what was done with your account, with the network that it came from. Where mail is set up, a message goes to your email by way of the mail server that whoever runs this HEC has chosen.
privacy-holds-2 = About your children: a nickname and a colour, and what you choose to write. A nickname need not be a real name.
privacy-holds-3 = The entries and photos that you add yourself.

privacy-who = Who can see it
privacy-who-1 = You, and the people in your family to whom you give access. What you mark as private is seen by carers only.
privacy-who-2 = No other family that uses the same HEC. No page shows them anything of yours.
privacy-who-3 = Whoever runs the machine can get at everything on it. If that is not you, it should be someone you trust. Their pages show nothing of your record; they can see names and emails of accounts, for whom they made an invitation, and who registered an app.

privacy-encrypted = Encrypted on the disk
privacy-encrypted-1 = Everything that you write, and every photo, is encrypted before it reaches the disk. Whoever finds the disk, or a copy of it, sees how large the record is and from when its photo files are, and nothing that is in them.
privacy-encrypted-2 = The key is in the hands of whoever runs this HEC. If the machine unlocks itself when it starts, someone who takes the whole machine has the key as well.

privacy-leaves = What leaves the machine
privacy-leaves-1 = Nothing that others can read, unless you do it yourself: HEC does not report to anyone, and loads nothing from other websites. Backups are sealed and go where whoever runs it has said. Where a public authority vouches for its address, that address is published, and nothing else.
privacy-leaves-2 = When you save a portfolio, the file is yours. If you change the nickname in it, that happens on your device, and the new name is not sent to HEC.
privacy-leaves-3 = If you give a token to an app, that app can do what you allowed. You can revoke it at any time on your account page.

privacy-photos = Photos
privacy-photos-1 = Hidden details in photos, such as where and when they were taken, are removed before a photo is saved.

privacy-cookie = Cookies
privacy-cookie-1 = HEC sets a few cookies, all needed for signing in: one so that it knows you on the next page (180 days at most), one so that it knows this device again and others’ guesses do not lock you out (400 days; it stays when you sign out), and for five minutes one that waits for your code or passkey. That for a passkey may come before you sign in. They follow you nowhere.

privacy-rights = Changing, taking and deleting
privacy-rights-1 = You can change or delete any entry at any time. An owner of the family can delete the whole record on the family’s page.
privacy-rights-2 = Backups that were made earlier can hold what you have deleted since, and so can a copy on the machine from before an upgrade or a restore. Whoever runs this HEC can say how long they are kept; the newest three backups always are.
privacy-rights-3 = A family that keeps a record for itself does so in private. A group that runs HEC for several families takes on duties under data protection law, and should tell you who is in charge of it.

privacy-children = For children
privacy-children-1 = This is a diary about things you do and find out. Your parent or carer keeps it.
privacy-children-2 = It knows you by a nickname. You can ask for a different one if you do not like it.
privacy-children-3 = The people in your family who look after it can read it. It is not on the internet for everyone to see.
privacy-children-4 = The person who looks after the computer it is kept on could read it as well.
privacy-children-5 = You can ask to see what it says about you. You can ask for a picture or some words to be taken out.
privacy-children-6 = Before anything in it is shown to someone outside your family, you can ask who will see it, and why.
privacy-children-7 = If something in it makes you feel bad, tell a grown-up you trust.
privacy-children-8 = If you have secret words to sign in with, your parent or carer gave them to you. They can see everything you write, and they can turn it off.
