# Help, in the order in which people need it.

help-heading = Help
help-contents = On this page

help-write = Write an entry
help-write-1 = An entry is what happened on a day. Only the date is required, together with a title, a few words or a photo.
help-write-step-1 = Press “New entry”. The date is today; press “Yesterday” or choose any other day.
help-write-step-2 = Press the name of each child it is about. One entry can be about several children.
help-write-step-3 = Add photos, a title or some words, as much or as little as you like.
help-write-step-4 = Press “Save”.
help-write-2 = Everything else is folded away under the text: subjects, each child’s own words, place, time, resources. Leave it folded if you do not need it. Writing things up days or weeks later is quite normal: “Save and add another” keeps the date and the children.

help-again = Same again, changing and deleting
help-again-1 = Open an entry and press “Same again today” to make a copy for today, for things that happen every week. Change what was different and save.
help-again-2 = “Change” opens the entry for editing. If you delete one by mistake, press “Undo” in the message that appears. For thirty days it can also be brought back from “Recently deleted entries”, at the end of the journal.

help-find = Find it again
help-find-1 = The journal shows the newest day first. Press a child’s name at the top to see only their entries, or open “Filter the journal” to choose a subject, a kind or a period.
help-find-2 = “Search” looks through titles, text, places, resources and children’s own words. The beginning of a word is enough, and accents do not matter.
help-find-3 = A star (“Keep for the portfolio”) marks what you want to find later.

help-private = What “private” means
help-private-1 = A private entry is for carers only. Learners and viewers never see it, and it never goes into a portfolio or any other document. Apps see it only if you gave them that right.
help-private-2 = You find the switch under “Portfolio, private or planned” when you write or change an entry. The entry then carries a small lock.

help-photos = Photos, and what is removed from them
help-photos-1 = You can add JPEG, PNG and WebP pictures. Phones hide details inside a photo: where and when it was taken, and with which camera. HEC removes these before it saves the picture.
help-photos-2 = How the picture is turned and its true colours are kept. What can be seen in it stays as it is, so look for house numbers, name badges and car plates before you show a photo to anyone.
help-photos-3 = If a photo is refused, it may be in another format. Many phones can be set to take JPEG pictures: look for “most compatible” in the camera’s settings.

help-portfolio = Make a portfolio
help-portfolio-1 = A portfolio gathers entries about one child into a single file that opens on any computer or phone.
help-portfolio-step-1 = Open “Portfolio” and fill in a title, the child and the dates.
help-portfolio-step-2 = Choose whether photos go in. You can also take only starred entries, or only some areas.
help-portfolio-step-3 = Look through the preview. It is exactly what would be saved.
help-portfolio-step-4 = Save a copy. Nothing is sent to anyone; who gets it is up to you.
help-rename = Changing the nickname
help-rename-1 = Before you save, type another name in “Name to show in the saved copy”. It is replaced in headings, in the text, in captions and in the file’s name, on your own device. The new name is never sent to HEC.
help-rename-2 = After you have saved it, open the file: the same box is at its top, and it needs no internet. Read the document through once afterwards. A name that is misspelt, or hidden in a photo, cannot be found by a machine.

help-learners = Learners and subjects
help-learners-1 = Under “Learners” you add each child by a nickname and a colour. HEC asks for nothing more: no birthday, no full name.
help-learners-2 = Archiving a learner keeps every entry and just stops offering the name for new ones. You can bring them back.
help-learners-3 = Subjects are yours too. Rename them, add some, or put away those you do not use.

help-family = Sharing the record
help-family-1 = Under “Learners” a link leads to your family: who belongs to it, and as what. Owners do everything, carers read and write everything, viewers read what is not private.
help-family-2 = Owners invite with a link that works once, change roles and remove people, which holds at once. No owner can remove another. Where two of you own the record, deleting it takes 14 days, and either of you can stop it.
help-family-3 = You can belong to several families with one account. The foot of every page leads from one to the other. An invitation from whoever runs this HEC begins another family of your own: open its link while you are signed in.

help-child = Letting a child sign in
help-child-1 = Off unless you want it. On a learner’s page, choose four secret words and write them down: HEC shows them once. Your child signs in with them at your family’s own address, which their device reads from a code.
help-child-2 = They see entries about themselves, never private ones, and no other child’s name unless you wrote it into an entry. They can write entries, add their own words to yours, and change only what they wrote.
help-child-3 = Every page tells them that you can see everything. New words, or turning it off, sign them out at once.

help-account = Your account and tokens
help-account-1 = Your account holds your name, your email and your password, which is kept in a form that cannot be turned back.
help-account-2 = If you forget your password, ask whoever runs this HEC. Nobody can look it up, not even they.
help-account-3 = A token lets an app or a script use your record in your name. Give it as few rights as it needs and a short life, and revoke it when you stop using it.
help-account-4 = On a shared phone or computer, sign out when you have finished.
help-account-5 = A password needs at least 15 characters, of any kind; 8 where you set up an app that makes codes in the same step. Three or four words that have nothing to do with each other are best: HEC says while you type whether they are strong enough. Names, dates and rows of keys are easy to guess, however long.

help-apps = Apps that ask to come in
help-apps-1 = An app that wants to use your record sends you to HEC. The page there says where the app is, which family it is for and what it asks for. Take away what it should not do, choose the children it is about, and press “Let it in”, or “No, keep it out”. Your password never goes to the app.
help-apps-2 = Under “Apps”, on your account page, you see what you have let in and when it last came. “Shut out” ends its access at once.
help-apps-3 = If HEC says that somebody must approve an app first, ask whoever runs it. Do not let in an app that you did not set out to use.

help-law = What the law says
help-law-1 = There is no general duty in UK law to keep records of home education. HEC is for you: to remember, to see progress, and to have examples at hand if you want them.
help-law-2 = Duties to register a child, or to tell the council about home education, are a separate matter. They differ between the nations, and each has its own starting date. As of November 2026, so far as we know:
help-law-england = England: the Children’s Wellbeing and Schools Act 2026 (of 29 April 2026, section 38) will have councils keep a register of children who are not in school, and parents give what it needs. Some children will need the council’s consent to leave a school. The government sets the days on which that begins; we know of none yet.
help-law-wales = Wales: the same of that Act will hold. The Welsh Ministers set the days for Wales; we know of none yet.
help-law-scotland = Scotland: that section does not hold, and there is no register. To take a child out of a council’s school you need the council’s consent, with some exceptions (Education (Scotland) Act 1980, section 35).
help-law-northern-ireland = Northern Ireland: that section does not hold, and there is no duty to register. A school is told in writing that a child leaves it.
help-law-check = This page cannot know what has changed since. Check with your local authority (in Northern Ireland, the Education Authority) what holds where you live, and since when.
help-law-3 = These organisations explain it in plain words and keep their pages up to date:
help-law-eo = Education Otherwise: fact sheets
help-law-ef = Educational Freedom
help-law-4 = HEC is not legal advice. Neither organisation has a part in it.

help-locked = When HEC is locked
help-locked-1 = After the machine has been switched on, HEC may ask for a passphrase before it shows anything. Whoever runs it knows the passphrase, or has the recovery code on paper. Either of them opens it.
help-locked-2 = Nothing is lost while it is locked. After a few wrong tries you have to wait a little before the next.
help-keeper = For whoever runs HEC
help-keeper-1 = The record is encrypted. Three things can open it: the key file, a passphrase, the recovery code on paper. If all of them are lost, nobody can open it, and nobody can help. Keep the paper away from the machine.
help-keeper-4 = Each quarter HEC asks operators to type the recovery code from its paper, so that a lost paper is noticed in time. “This HEC” prints a sheet for the drawer: where backups lie, and what to do when the machine is gone.
help-keeper-2 = On the machine, “hec doctor” says whether the store, its disk, the clock and the certificate are well, and what to do if they are not. Operators see the same at “This HEC”, at the end of every page. “hec key list” shows what opens the store.
help-keeper-3 = If the key file or the passphrase may be in other hands, “hec key rotate” puts everything under a new key.
help-keeper-5 = A family that was deleted by mistake can be brought back from a backup, or moved here from another HEC, without changing anything for the others: “hec restore --family” and its name, on the machine. Apps and tokens, invitations and what children sign in with do not come along; a parent sets new words for each child. So tell whoever runs HEC soon: backups are kept for a time only.

help-setup = Setting up
help-setup-1 = Whoever installs HEC gets a link that works once. It leads through six short steps: your account, a name for this HEC, how it is reached, the recovery code, your first child, and what to do next. Every step but the first can be skipped; until all are done your journal reminds you.
help-setup-2 = Make the recovery code with pen and paper at hand. It is shown once, and counts only when you have typed it back. Nobody can look it up later.
help-setup-3 = Afterwards you find all of it again on your account page, under “How this HEC is set up”. To begin anew before there is an account, run “hec setup-link” on the machine.
help-setup-4 = Other families come in by invitation: at “This HEC”, make a link for each and hand it over yourself, as text or as a picture for a phone. It works once, for seven days, and can be withdrawn.
help-away = At home, and away
help-away-1 = At home HEC can vouch for itself: every phone and computer is told once to trust it, on the page /trust. With a public name and a certificate in files, or a machine on the internet where HEC gets the certificate by itself, nobody has to be told anything.
help-away-2 = Away from home, the safest way back is a VPN into the home network, such as WireGuard; many routers have one built in. Some providers give no address that can be reached from outside (carrier NAT): then a VPN through a small server helps, or HEC runs on that server itself.
help-away-3 = Do not open HEC to the internet without encryption. HEC refuses to listen for other machines until it knows where a certificate comes from, or which reverse proxy has one.
help-trouble = When something does not go right
help-trouble-1 = If a form cannot be saved, a box at the top says what to put right and takes you there. What you typed is still in the form; only photos need choosing again.
help-trouble-2 = If you see “Changed meanwhile”, someone else saved the same entry while you had it open.
help-trouble-3 = For anything else, ask whoever runs this HEC. If the page shows a number, tell them that number: it lets them find out what happened without reading your entries.

# Two papers for a co-op; their text stands in files of its own.
title-dpia = Data protection impact assessment
title-privacy-notice = Privacy notice
papers-get = Get it as a text file
papers-hint = To fill it in, get the file; to read it on paper, print this page. It is a beginning and no legal advice: have it read.
papers-blank = to be filled in
help-co-op = For a co-op
help-co-op-1 = A family that keeps a record for itself is left alone by data protection law. A group that runs HEC for several families is not: it answers for how their data are kept, and tells them so.
help-co-op-2 = Two papers to begin with are filled in as far as HEC knows itself. Have them read by somebody who knows the law.
help-co-op-3 = Whoever looks after HEC sees how much room each family’s photos take, and can bound it, so that one full family never stops the others. A family finds how much it uses under “Room for photos” on its page.
