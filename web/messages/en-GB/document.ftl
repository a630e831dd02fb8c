# The portfolio document. %count%, %name% and %words% are filled in by the document's own script.

document-kicker = Home education portfolio
document-areas = What this record touches
document-area-entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
  }
document-made = Made on { $date }
document-introduction = Introduction
document-contents = Months
document-resources = With
document-colophon = Examples chosen by the family from its own journal, kept with HEC.

document-box-title = Show another name
document-box-what = This portfolio says “{ $name }”. You can save a copy that shows another name everywhere: in headings, texts, captions and the file name. The copy has no box like this one, and this box is never printed.
document-box-nothing-sent = This file is your own copy on your own device, and nothing is sent: its own rules forbid your browser to connect anywhere. It works just the same with the internet switched off.
document-box-no-script = Scripts are switched off here, as they are in most mail programs and file previews. Open this file in a browser such as Firefox, Safari, Chrome or Edge to change the name, or use this command where HEC is installed:
document-box-label = Name to show
document-box-places-none = The name stands nowhere in this document.
document-box-places-one = 1 place changes.
document-box-places-many = %count% places change.
document-box-file = File name: %name%
document-box-lower-one = Also change it where it is written in lower case (1 place)
document-box-lower-many = Also change it where it is written in lower case (%count% places)
document-box-lower-hint = Untick this if the word means something else there, such as a plant or a bird.
document-box-left-one = This word stays as it is. Look whether it gives the name away: %words%
document-box-left-many = These %count% words stay as they are. Look whether they give the name away: %words%
document-box-left-more = and %count% more
document-box-save = Save a copy
document-box-saving = Saving the copy…
document-box-saved = Saved as %name%: look among your downloads. This file itself has not changed and still shows the first name.
document-box-failed = The copy could not be saved. Free some space on this device, or open this file in another browser, and try again.
document-box-empty = Enter the name to show.
document-box-long = Enter a shorter name: at most 60 characters.
document-box-control = Enter a name without line breaks or hidden control characters.
