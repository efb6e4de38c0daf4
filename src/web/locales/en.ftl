# English. Plain words, short sentences, the reason before the demand.

app-name = Panjereh
app-tagline = One sign-in for government services
skip-to-content = Skip to the content
switch-label = Language
switch-other = فارسی
signed-in-as = You are signed in as { $name }.
help-text = If you need help, contact Panjereh support and tell them the reference number.
reference-label = Reference number:
time-ends = For your safety, this page can be used until:
time-over = This page has ended. Go back to the agency’s website and sign in from there.
time-longer = I need more time
support-phone = Support:
support-hours = Hours:
support-address = Address:
sms-support = Support: { $phone }
or = or
step-of = Step { $step } of { $steps }
back-to = Back to { $agency }
to-window = Go to the home page
try-again = Try again

## The window

window-title = Welcome to Panjereh
window-lead = You confirm who you are once. After that, one sign-in opens the services of every connected agency.
window-step-verify = Confirm who you are, once
window-step-verify-text = Your national ID, birth date and mobile number are checked with the civil registry. It takes a few minutes.
window-step-enter = Sign in easily
window-step-enter-text = Use your fingerprint, your face or a password. You do not sign in again for the next agency.
window-step-decide = You decide
window-step-decide-text = Before an agency gets anything about you, we show it to you and ask for your permission.
window-greeting = Hello, { $name }
window-signed-in-lead = You are signed in. Each of these services opens with one click.
window-services = Connected services
window-services-hint = Open one of them. We ask you to sign in where that is needed.
window-arrives-signed-in = You arrive signed in
window-no-services = There are no services here yet.
window-sign-out = Sign out
window-lately = Services you used lately
window-other-services = Other services
window-find = Find a service
window-find-hint = The name of a service or an agency
window-find-submit = Search
window-found-title = Search results
window-found = { $found ->
    [one] { $found } service found.
   *[other] { $found } services found.
}
window-found-none = Nothing found for “{ $query }”. Try another name.
window-all = Show all services
window-letters = Services from A to Z
window-all-letters = All
window-pages = Pages of the list
window-page = Page { $page } of { $pages }
window-earlier = Previous page
window-later = Next page

## Fields

national-id-label = National ID
national-id-hint = Ten digits, printed on your national ID card. The number of a foreign resident has twelve.
prove-national-id-hint = We use it to find you in the civil registry. Ten digits, printed on your national ID card; the number of a foreign resident has twelve.
birth-date-label = Birth date
birth-date-hint = It shows that the national ID is yours. Use the Persian or the Gregorian calendar, such as 1365/07/12 or 1986/10/04. If your documents show only the year, enter only the year.
mobile-label = Mobile number
mobile-hint = We send a code to it. It must be registered in your name. Start a number from abroad with + and the country code.
password-label = Password
password-new-label = New password
password-new-hint = At least 8 characters. A short sentence that only you know is a good choice.

## Signing in

sign-in-title = Sign in
sign-in-lead = Sign in to use the services of { $agency }.
ways-label = Do you have an account?
ways-sign-in = Sign in
ways-sign-in-text = I have an account
ways-new = Create an account
ways-new-text = I am new here
sign-in-again = You are signed in as { $name }. { $agency } asks you to confirm that it is you.
sign-in-again-other = Not { $name }? Sign out first
sign-in-passkey = Sign in with a passkey
sign-in-passkey-hint = With the fingerprint, face or screen lock of your phone or computer
sign-in-password-hint = After this, we send a code to your mobile number.
sign-in-submit = Sign in with a password
sign-in-lost-phone = Don’t have your phone?
sign-in-cancel = Go back to { $agency } without signing in
sign-in-lost-phone-text = Enter your national ID and password. On the next page you can use one of your recovery codes instead of the code from the text message.
passkey-cancelled = No passkey was used. Try again, or sign in with your password.
passkey-not-created = The passkey was not created. Try again, or set a password.
passkey-failed = The passkey did not work in this browser. Try again, or use a password.

## Proofing

prove-title = Confirm who you are
prove-lead = You do this only once. Afterwards, the same account opens { $agency } and the other agencies.
prove-submit = Continue
prove-next = In the next step you enter a code that we send you by text message.

## The one-time code

otp-title = Enter the code we sent you
otp-lead = We sent a six-digit code to this number:
otp-label = One-time code
otp-minutes = { $minutes ->
    [one] The code is valid for { $minutes } more minute.
   *[other] The code is valid for { $minutes } more minutes.
}
otp-submit = Continue
otp-warning = Do not tell anyone this code. Our staff will never ask for it.
otp-sent-again = We have sent a new code.
otp-not-arrived = No code yet?
otp-not-arrived-text = A text message can take a minute or two. If you ask for a new code, the old one stops working.
otp-again = Send a new code
otp-check = Check whether it was delivered
otp-waiting = Your phone company has not taken the message yet. Wait a minute, then check again.
otp-lost = The message with the code was not delivered.
otp-lost-next = Check that your phone is on and has a signal, then ask for a new code below.
otp-lost-proofing = If the number above is not yours, change it.
otp-lost-sign-in = If it does not arrive either, use one of your recovery codes.
otp-enter = Enter the code that arrived
otp-recovery = Use a recovery code instead
otp-back = Back to the sign-in page
otp-change-number = Change the mobile number

# A text message: short, and the code in its first words, for phones show its beginning alone.
sms-code-verify = Panjereh code: { $code }. It confirms your number for { $agency }. Never tell it to anyone, not even to our staff.
sms-code-sign-in = Panjereh code: { $code }. It signs you in to { $agency }. Never tell it to anyone, not even to our staff.
sms-an-agency = an agency
sms-recovery-code-used = Panjereh: a recovery code was just used to sign in to your account. If it was not you, contact support at once.
sms-account-taken-over = Panjereh: the account that was made with this number is closed, because the person in whose name it was made has shown who they are and made their own. You can no longer sign in to it. If this is wrong, contact support.

## Setting up how to sign in

authenticator-title = How will you sign in next time?
authenticator-lead = We have confirmed who you are. Choose one of these two ways for the next time.
takeover-title = There is already an account in your name
takeover-text = The person who made it showed less than you have shown now. If you go on, that account is closed, and you get a new account of your own.
takeover-ends = The person who has used it so far can then no longer sign in. Its password, passkeys, recovery codes and sign-ins all stop working, and so do the permissions given to agencies. Agencies where it was used know you as a new person. We send a text message about this to its old number.
takeover-leave = If you made it yourself and want to keep it as it is, close this page and sign in with it.
more-title = Show that it is you
more-lead = { $agency } has to be sure that you are the person in whose name this account is.
more-why = The civil registry has no mobile number of yours that we could send a code to. So choose one of these ways. One of them is enough, once.
more-place = You can close this page and go on another day, also on another device: sign in there with your national ID.
more-claim-title = Show that it is really you
more-claim-lead = If you made it yourself, sign in with it.
more-sign-in = Sign in with that account
more-claim-why = If you did not make it, choose one of these ways. If you show more than the person who made it, that account is closed at once and you get your own.
more-claim-place = You can close this page and go on another day, also on another device: enter the same national ID, birth date and mobile number there.
more-card-title = With your national card
card-serial-label = Serial number of the national card
card-serial-hint = Letters and digits as they are on the card. Spaces, dashes and capital letters make no difference.
more-card-submit = Compare with the civil registry
more-letter-title = By letter
more-letter-text = We send a code to the address that the civil registry has of you. If that address is wrong, choose another way.
more-letter-send = Send me a letter
more-letter-sent = We sent you a letter on { $on }. Its code works until { $until }.
letter-code-label = Code from the letter
letter-code-hint = Ten letters and digits. Dashes and capital letters make no difference.
more-letter-submit = Continue with this code
more-desk-title = In person
more-desk-text = Go with your national card to an officer, who compares you with it.
more-desk-support = Support tells you where.
more-wait-title = Wait
more-wait-text = If no one signs in to that account in the next { $days } days, it is closed and you get your own. We send a text message about this to its mobile number and to yours.
more-wait-submit = Wait for it
more-wait-until = You wait for it. Come back after { $until } and enter the same national ID, birth date and mobile number.
more-wait-objected = Someone has signed in to that account since. So waiting does not decide it: choose one of the other ways.
more-leave = Go back to { $agency } without this
more-other-way = Choose another way
refusal-not-my-account = I did not make this account
sms-account-claimed = Panjereh: someone with your national ID says that the account with this mobile number is not theirs. If it is yours, sign in to it before { $until }. Otherwise it is closed then.
sms-claim-begun = Panjereh: you wait for an account in your name. Come back after { $until } and enter the same details. If it was not you, contact support.
error-card-serial-empty = Enter the serial number of your national card.
error-card-serial-wrong = This is not the serial number of your national card. Compare it with the card.
error-card-serial-closed = Too many wrong serial numbers were entered. Choose one of the other ways.
error-letter-code-empty = Enter the code from the letter.
error-letter-code-wrong = This is not the code of a letter that we sent you, or it has been used before. Compare it with your last letter.
error-letter-code-closed = Too many wrong codes were entered. Choose one of the other ways.
authenticator-passkey = Passkey
authenticator-recommended = Recommended
authenticator-passkey-text = You sign in with the fingerprint, face or screen lock of your phone or computer. There is nothing to remember, and a fake website cannot steal it.
authenticator-create-passkey = Create a passkey
authenticator-password = Password
authenticator-password-text = Each time, you enter the password and a code from a text message.
authenticator-submit = Save the password

## Recovery codes

recovery-codes-title = Keep your recovery codes
recovery-codes-lead = If you ever cannot use your phone or your passkey, you sign in with one of these codes.
recovery-codes-sheet = Panjereh recovery codes
recovery-codes-site = For signing in to:
recovery-codes-reference = Reference of your account:
recovery-codes-made-on = Made on:
recovery-codes-copy = Copy
recovery-codes-copied = The codes are on the clipboard.
recovery-codes-not-copied = This browser does not allow copying. Download the codes, or write them on paper.
recovery-codes-download = Download
recovery-codes-print = Print
recovery-codes-keep = Keep them in a safe place, best on paper: if you lose your phone, they must not be lost with it.
recovery-codes-once = Each code works once. These codes will not be shown again.
recovery-codes-nobody = Do not give them to anyone. Our staff will never ask for them.
recovery-codes-submit = I have kept them: continue
recovery-code-title = Sign in with a recovery code
recovery-code-instead = We cannot send a code to your phone at the moment.
recovery-code-lead = Enter one of the codes that you received when you created your account.
recovery-code-sheet = Your codes have this reference:
recovery-code-label = Recovery code
recovery-code-hint = Each code works once. Capital letters and dashes make no difference.
recovery-code-submit = Sign in
recovery-code-back = Back to the code from the text message
recovery-used-title = You have used a recovery code
recovery-used-left = { $left ->
    [one] It will not work again. You have { $left } more recovery code.
   *[other] It will not work again. You have { $left } more recovery codes.
}
recovery-used-none = It was your last one. You have no more recovery codes.
recovery-used-told = We have also sent you a text message about it. If it was not you who used the code, contact support.
recovery-used-submit = Continue

## Consent

consent-title = Your permission
consent-heading = { $agency } asks for this information
consent-lead = We share nothing unless you allow it.
consent-withheld = { $agency } also asked for data from the civil registry. We do not share it, because you have not shown yet that this record belongs to you.
consent-promise = If you allow it, { $agency } gets this information and nothing more. We ask you again only if it wants something new.
consent-promise-once = If you allow it, { $agency } gets this information and nothing more. Another app on your phone or computer could ask in its name, so we ask you each time.
consent-allow = Allow
consent-deny = Do not allow
consent-deny-hint = If you do not allow it, you go back to { $agency } and we share nothing.
consent-details-heading = { $agency } asks for your permission
consent-details-lead = Read this carefully. Nothing happens unless you allow it.
consent-details-place = At { $place }
consent-details-also = It also asks for
consent-details-promise = If you allow it, { $agency } can do exactly this and nothing more. We ask you each time.
list-separator = ,{" "}
yes = yes
no = no
consent-deny-hint-device = If you do not allow it, the other device is not signed in to { $agency } and we share nothing.
consent-deny-hint-counter = If you do not allow it, we tell { $agency } that you said no, and we share nothing.
agency-unchecked = { $agency } registered itself here. Nobody has checked who runs it. Continue only if you know and trust it.
agency-policy = This agency’s privacy policy (new tab)
agency-terms = This agency’s terms of use (new tab)
scope-openid = An identifier
scope-openid-text = With it, this agency recognises you next time. The identifier itself says nothing about you.
scope-profile = Name, birth date and gender
scope-profile-text = As in the civil registry.
scope-details = Some of your details
scope-phone = Mobile number
scope-phone-text = We share the whole number, and that it is confirmed as yours. Part of it is hidden here.
scope-address = Address
scope-address-text = Where you live, as in the civil registry.
scope-offline-access = Access while you are away
scope-offline-access-text = This agency can get the same information again when you are not signed in.
scope-national-id = National ID
scope-national-id-text = We share the whole number. Part of it is hidden here.
scope-age-over-18 = That you are 18 or older
scope-age-over-18-text = Only yes or no. This permission does not show your birth date.
claim-name = Name
claim-name-persian = Name in Persian
claim-name-latin = Name in Latin letters
claim-birth-date = Birth date
claim-gender = Gender
claim-confirmed-on = Confirmed on
claim-mobile = Mobile
claim-address = Address
claim-postal-code = Postal code
claim-country = Country
country-ir = Iran
claim-national-id = National ID
gender-female = Female
gender-male = Male

## Returning to the agency

arrived-title = You are signed in
arrived-lead = You have already been taken to { $agency }. The pages of that sign-in are closed; you need not sign in again.
arrived-onward = Go on to { $agency }
form-post-title = Back to the agency
form-post-lead = We are taking you to { $agency }. If nothing happens, use the button below.
form-post-submit = Continue

## Another device

device-title = Sign in on another device
device-lead = Enter the code that you see on the screen of the device.
device-warning = If someone sends you a code by text message or reads one to you in a phone call, they want to use your account. Enter only a code that you see on a device in front of you.
device-submit = Continue
user-code-label = Code on the screen
user-code-hint = Eight letters, such as WDJB‑MJHT. Capital letters and dashes make no difference.
compare-title = Does the device show this code?
compare-lead = You are about to use { $agency } on another device. Compare its code with this one:
compare-elsewhere = You sign in on that device, not here. The person who uses it can then act in your name.
compare-yourself = Continue only if you have just started this yourself and can see the device.
compare-fraud = If someone gave you this code or link in a text message or a phone call, it is fraud. Choose “No”.
compare-mine = Yes, it is the same code
compare-other = No, this is not mine
device-allowed-title = You have allowed the other device
device-allowed-text = Go back to that device; it continues by itself in a few seconds. You can close this page.
device-refused-title = The other device was not signed in
device-refused-text = We shared nothing. You can close this page.

## A counter or call centre asks

sms-approval = Panjereh: { $agency } asks for your decision. Open the window in your browser, choose “A counter or call centre asks” and enter { $code }. If you are not dealing with them now, do nothing.
approvals-title = Requests waiting for you
approvals-lead = These agencies are waiting for your decision. Open one of them to see what it asks.
approvals-none = No request is waiting for your decision.
approvals-signed-out = You are not signed in. Enter the code from the text message below, or sign in to a service first.
approvals-code-title = You have a code from a text message
approvals-code-label = Code from the text message
approvals-code-submit = Continue
approvals-code-wrong = No request has this code, or it is over. Compare it with the text message.
window-waiting = These agencies are waiting for your decision
window-approve = A counter or call centre asks
counter-heading = { $agency } asks you to confirm that it is you
counter-lead = Someone at { $agency } has asked for this. Allow it only if you are at their counter or in a phone call with them now.
counter-message = They see the same text. Compare it:
counter-promise = If you allow it, { $agency } knows that it is dealing with you, and gets what you see above and nothing more.
ask-allowed-title = You have allowed it
ask-allowed-text = The agency can continue now. You can close this page.
ask-refused-title = You have not allowed it
ask-refused-text = We shared nothing. If you did not expect this request, tell support. You can close this page.

## Signing out

leaving-title = You are about to leave Panjereh
leaving-lead = { $agency } wants to take you to this address, which we have not checked:
leaving-advice = You have not signed in and not agreed to anything here. If you did not expect this, do not go on.
leaving-onward = Go on to this address
logout-title = Do you want to sign out?
logout-lead = Choose one of these two.
logout-lead-agency = { $agency } has brought you here to sign out.
logout-here = Sign out in this browser
logout-here-text = You sign out in this browser only. Agencies that may get your information while you are away can still get it.
logout-everywhere = Sign out everywhere
logout-everywhere-text = You sign out on every phone and computer, and agencies can no longer get your information while you are away. Choose this if you have lost your phone.
logout-hint-missing = The website that brought you here did not say which one it is (its request has neither a valid id_token_hint nor a client_id), so we cannot take you back to it.
logout-stay = No, stay signed in
logged-out-title = You are signed out
logged-out-here = You are signed out in this browser.
logged-out-everywhere = You are signed out in every browser, on every phone and computer.
logged-out-advice = You may still be signed in to websites that you have open. If this is not your own computer, close the browser.

## Faults in a form

errors-title = There is a problem
errors-prefix = Error:
error-national-id-empty = Enter your national ID.
error-birth-date-empty = Enter your birth date.
error-mobile-empty = Enter your mobile number.
error-password-empty = Enter your password.
error-new-password-empty = Enter a password for your account.
error-code-empty = Enter the code from the text message.
error-recovery-code-empty = Enter one of your recovery codes.
error-user-code-empty = Enter the code that the device shows.
error-national-id-shape = A national ID has ten digits, and the number of a foreign resident has twelve. Include the zeros at the start.
error-national-id-check-digit = This is not a valid national ID. Check whether two digits are swapped.
next-national-id-check-digit = Read the number from your national ID card and enter it again.
error-birth-date-unreadable = We could not read the birth date. Write it like 1365/07/12 or 1986/10/04.
error-birth-date-ahead = Your birth date cannot be in the future.
error-mobile-unreadable = We could not read the mobile number. Write it like 09120000000, or with + and the country code.
error-number-not-yours = This number is not registered to the person with this national ID.
next-number-not-yours = Enter a number that is in your own name. Your mobile operator can transfer a SIM card to your name.
error-mismatch = This national ID and birth date do not match the civil registry.
next-mismatch = Enter both again from your national ID card. If it still does not work, go to the civil registry office.
error-credentials-wrong = The national ID or the password is not right. Check both and enter them again.
error-password-wrong = The password is not right. Check it and enter it again.
error-passkey-failed = This passkey was not accepted. Try again, or use a password.
error-password-too-short = Your password must have at least 8 characters.
error-password-too-long = Your password must have at most 128 characters.
error-password-too-common = Many people use this password, so it is easy to guess. Choose another one.
error-code-shape = The code has six digits. Copy it from the text message.
error-code-wrong = { $tries ->
    [one] This code is not right. You can try { $tries } more time.
   *[other] This code is not right. You can try { $tries } more times.
}
next-code-wrong = Look at the latest text message and enter its code.
error-code-expired = This code is no longer valid. A code works for a few minutes only.
next-code-expired = Ask for a new code and enter it.
error-recovery-code-wrong = This recovery code is not right, or it has been used before. Enter another one.
error-user-code-wrong = This code is not right, or it is no longer valid. Compare it with the screen of the device, or let the device show a new one.

## Refusals: title, one sentence, what to do next

refusal-what-next = What you can do
refusal-reference = Reference number
refusal-under-age-title = You cannot create an account yet
refusal-under-age-text = Panjereh is for adults. You can create an account from { $gregorian } ({ $jalali } in the Persian calendar).
refusal-under-age-next = Come back on that day or later. Until then, a parent or guardian can act for you at the agency itself.
refusal-deceased-title = No account can be created with these details
refusal-deceased-text = The civil registry has recorded the death of the person with this national ID.
refusal-deceased-next = If this is wrong, take your birth certificate to the civil registry office. If you are a relative, please accept our condolences; the same office will help you.
refusal-code-used-title = This code has been used before
refusal-code-used-text = A code works only once.
refusal-code-used-next = Ask for a new code. If it was not you who used this one, contact support.
refusal-too-many-tries-title = Too many tries
refusal-too-many-tries-text = For your safety, this is closed until { $time }.
refusal-too-many-tries-next = Come back to this page at that time; until then no attempt is accepted. If it was not you who tried, contact support.
refusal-no-more-codes-text = For your safety, no new code is sent to your phone until { $time }.
refusal-no-more-codes-next = If a code has arrived, use that one. You can also use one of your recovery codes instead. If it was not you who tried, contact support.
refusal-code-tries-text = A wrong code was entered five times. For your safety, this code no longer works.
refusal-code-tries-next = Ask for a new code and enter it. If it was not you who tried, contact support.
refusal-registry-unavailable-title = The civil registry does not answer
refusal-registry-unavailable-text = We cannot check who you are at the moment. It is not your fault, and nothing was saved.
refusal-registry-unavailable-next = Try again in a few minutes.
refusal-already-registered-title = You have an account
refusal-already-registered-text = There is already an account with these details.
refusal-already-registered-next = Sign in with that account. If it was not you who created it, contact support.
refusal-bad-request-title = We could not read this request
refusal-bad-request-text = The request that reached us is incomplete or wrong.
refusal-bad-request-next = Go back to the agency’s website and sign in from there. If it happens again, contact support.
refusal-unknown-client-title = We do not know this application
refusal-unknown-client-text = The application that sent you here is not connected to Panjereh.
refusal-unknown-client-next = Do not enter anything. Check the website’s address, and start again from the official website of the agency.
refusal-bad-redirect-title = The return address is not accepted
refusal-bad-redirect-text = We send you back only to addresses that the agency has registered.
refusal-bad-redirect-next = Start again from the official website of the agency. If it happens again, let the agency know.
refusal-request-gone-title = This sign-in request is no longer valid
refusal-request-gone-text = It has expired, or it was already answered.
refusal-interaction-gone-title = This page is no longer valid
refusal-interaction-gone-text = This sign-in has ended, or it was started in another browser.
refusal-interaction-gone-next = Go back to the agency’s website and choose “Sign in with Panjereh” again.
refusal-nothing-asked-title = There is nothing to decide here
refusal-nothing-asked-text = This request has ended, was already answered, or is for someone else.
refusal-nothing-asked-next = If an agency is waiting for you, ask them to send the request again. Otherwise you do not need to do anything.
refusal-not-found-title = This page was not found
refusal-not-found-text = There is nothing at this address.
refusal-not-found-next = Check the address, or start from the home page.
refusal-too-large-title = This request is too large
refusal-too-large-text = The request that we received is larger than we can accept.
refusal-other-method-title = This page cannot be opened in this way
refusal-other-method-text = This address does not accept this kind of request.
refusal-other-method-next = Go back and use the links and buttons of the page.
refusal-too-slow-title = This is taking too long
refusal-too-slow-text = We could not finish your request in time. It is not your fault.
refusal-unavailable-title = This service is not available at the moment
refusal-unavailable-next = Wait a few seconds and try again. If it lasts, contact support.
refusal-server-title = Something went wrong on our side
refusal-server-text = We could not finish what you wanted to do. It is not your fault.
refusal-server-next = Try again a little later. If it happens again, contact support.

## The guide for developers

developers-title = For developers
developers-search = Search in the guide
developers-search-button = Search
developers-language = The guide is written in English. A library's error message can be pasted as it is.
developers-pages = All pages of the guide
developers-deployment = The addresses of this window
developers-found-title = Found for “{ $query }”
developers-found-none = Nothing was found. Try one or two words of the message, or the name of your library.

## About this service

footer-privacy = Privacy (new tab)
footer-accessibility = Accessibility (new tab)
privacy-title = Privacy
privacy-lead = What Panjereh keeps about you, why, and who receives it.
privacy-kept = What is kept
privacy-kept-record = When you confirm who you are, your record in the civil registry is copied: your names and your father’s, date and place of birth, gender, address, national ID and the number of its card. Your mobile number is kept with it, and the day on which all this was confirmed.
privacy-kept-secrets = Your password and your recovery codes are kept only in a form from which they cannot be read. Of a passkey only its public part is kept: your fingerprint and your face never leave your device.
privacy-passed-on = What agencies receive
privacy-passed-on-consent = An agency receives only what you allowed on the page that showed you every value. It also learns when and how you signed in.
privacy-passed-on-identifier = Each agency knows you by an identifier of its own. Agencies cannot compare these identifiers with each other.
privacy-passed-on-end = Access that an agency has while you are away ends when you sign out everywhere.
privacy-log = What is logged
privacy-log-what = Every sign-in, every permission that you gave or refused and every change of how you sign in is logged with its time, the kind of browser and a part of the network address, which does not identify you.
privacy-log-how-long = These entries show what happened if something goes wrong with your account. The program does not delete them by itself.
privacy-browser = What is kept in your browser
privacy-browser-cookies = One cookie keeps you signed in: for at most 24 hours, and for an hour without use. Others connect the pages of a sign-in, tell agencies’ pages whether you are still signed in, and remember your language.
privacy-browser-known = After a sign-in a cookie remembers for a year that this browser was yours. It protects you from strangers who try your password elsewhere.
privacy-browser-outside = These pages load nothing from other sites, except the logo of the agency that sent you here. Nothing follows you from site to site.
privacy-others = Who else takes part
privacy-others-who = The civil registry answers whether your details are right. Your phone company carries the text messages with codes and notices.
privacy-ask = Your questions
privacy-ask-how = If something here is wrong, or if you want to know what is kept about you, contact support.
accessibility-title = Accessibility
accessibility-lead = These pages should be usable by everyone: with a screen reader, with the keyboard alone, on a small or an old phone.
accessibility-aim = What we aim for
accessibility-aim-level = The pages are built to the Web Content Accessibility Guidelines (WCAG) 2.2, level AA, in Persian and in English.
accessibility-aim-checked = Each page is checked by a program in a browser before a new version is published. Such a check does not find everything: tell us what it missed.
accessibility-use = How the pages work
accessibility-use-script = Everything but passkeys works without scripts. No page reloads or moves on by itself while you read it.
accessibility-use-time = The pages of a sign-in end after an hour. You are told before, and get more time by one press. A code from a text message is valid for five minutes only, because it protects your account; you can always ask for a new one.
accessibility-use-phone = If you cannot receive or read text messages, sign in with a passkey or with one of your recovery codes.
accessibility-limits = What is not perfect
accessibility-limits-passkey = The windows in which you use or create a passkey belong to your browser and your device. We cannot change them.
accessibility-limits-agencies = The pages of agencies are their own. This statement does not speak for them.
accessibility-ask = Tell us
accessibility-ask-how = If something does not work for you, contact support. Tell them the address of the page and the reference number at its foot.
password-title = Changing your password
password-lead = You cannot change your password on these pages yet.
password-known = If another person may know it
password-known-what = Sign out everywhere, so that no one stays signed in as you, and contact support at once. A password alone opens nothing: a code from your mobile number, or a recovery code, is needed too.
password-instead = What else you can do
password-instead-passkey = If you have a passkey, sign in with it: it cannot be guessed, and no false website can take it from you.

## Months of the Persian and the Gregorian calendar

time-today = { $time }
time-on = { $time } on { $date }
month-farvardin = Farvardin
month-ordibehesht = Ordibehesht
month-khordad = Khordad
month-tir = Tir
month-mordad = Mordad
month-shahrivar = Shahrivar
month-mehr = Mehr
month-aban = Aban
month-azar = Azar
month-dey = Dey
month-bahman = Bahman
month-esfand = Esfand
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December
