# Persian. Polite plural, short sentences, the reason before the demand.
# «سازمان» is an agency and «گوشی یا رایانه» a device: «دستگاه» could be read as either and is not used.

app-name = پنجره
app-tagline = یک ورود برای همهٔ خدمات دولت
skip-to-content = رفتن به متن صفحه
switch-label = زبان
switch-other = English
signed-in-as = با نام { $name } وارد شده‌اید.
help-text = برای راهنمایی با پشتیبانی پنجره تماس بگیرید و شمارهٔ پیگیری را بگویید.
reference-label = شمارهٔ پیگیری:
time-ends = برای امنیت شما، از این صفحه تا این زمان می‌توانید استفاده کنید:
time-over = زمان این صفحه تمام شد. به سایت سازمان برگردید و از آنجا وارد شوید.
time-longer = زمان بیشتری می‌خواهم
support-phone = پشتیبانی:
support-hours = ساعت‌ها:
support-address = نشانی:
sms-support = پشتیبانی: { $phone }
or = یا
step-of = مرحلهٔ { $step } از { $steps }
back-to = بازگشت به { $agency }
to-window = رفتن به صفحهٔ اول
try-again = تلاش دوباره

## The window

window-title = به پنجره خوش آمدید
window-lead = یک بار هویتتان را تأیید می‌کنید. بعد از آن با یک ورود، از خدمات همهٔ سازمان‌های متصل استفاده می‌کنید.
window-step-verify = یک بار هویتتان را تأیید کنید
window-step-verify-text = کد ملی، تاریخ تولد و شمارهٔ همراهتان با ثبت احوال مقایسه می‌شود. چند دقیقه بیشتر طول نمی‌کشد.
window-step-enter = هر بار آسان وارد شوید
window-step-enter-text = با اثر انگشت، چهره یا رمز عبور وارد می‌شوید. برای سازمان بعدی، ورود دوباره لازم نیست.
window-step-decide = خودتان تصمیم بگیرید
window-step-decide-text = قبل از آنکه سازمانی اطلاعات شما را بگیرد، آن را به شما نشان می‌دهیم و از شما اجازه می‌خواهیم.
window-greeting = سلام، { $name }
window-signed-in-lead = وارد شده‌اید. هر یک از این خدمات با یک کلیک باز می‌شود.
window-services = خدمات متصل
window-services-hint = یکی را باز کنید. هر جا لازم باشد، از شما می‌خواهیم وارد شوید.
window-arrives-signed-in = با همین ورود باز می‌شود
window-no-services = هنوز خدمتی در اینجا نیست.
window-sign-out = خروج
window-lately = آخرین خدماتی که استفاده کردید
window-other-services = خدمات دیگر
window-find = جستجوی خدمات
window-find-hint = نام خدمت یا سازمان
window-find-submit = جستجو
window-found-title = نتیجهٔ جستجو
window-found = { $found } خدمت پیدا شد.
window-found-none = چیزی با «{ $query }» پیدا نشد. نام دیگری را امتحان کنید.
window-all = نمایش همهٔ خدمات
window-letters = خدمات به ترتیب الفبا
window-all-letters = همه
window-pages = صفحه‌های فهرست
window-page = صفحهٔ { $page } از { $pages }
window-earlier = صفحهٔ قبل
window-later = صفحهٔ بعد

## Fields

national-id-label = کد ملی
national-id-hint = ده رقم است و روی کارت ملی نوشته شده است.
prove-national-id-hint = با آن شما را در ثبت احوال پیدا می‌کنیم. ده رقم است و روی کارت ملی نوشته شده است.
birth-date-label = تاریخ تولد
birth-date-hint = تا مطمئن شویم این کد ملی مال شماست. خورشیدی یا میلادی بنویسید، مانند ۱۳۶۵/۰۷/۱۲ یا ۱۹۸۶/۱۰/۰۴. اگر در مدارکتان فقط سال آمده است، فقط سال را بنویسید.
mobile-label = شمارهٔ همراه
mobile-hint = کدی به آن می‌فرستیم؛ باید به نام خودتان باشد. شمارهٔ خارج از کشور را با + و کد کشور بنویسید.
password-label = رمز عبور
password-new-label = رمز عبور جدید
password-new-hint = حداقل ۸ حرف، رقم یا علامت. یک جملهٔ کوتاه که فقط خودتان می‌دانید، خوب است.

## Signing in

sign-in-title = ورود
sign-in-lead = برای استفاده از خدمات { $agency } وارد شوید.
ways-label = حساب دارید یا بار اول است؟
ways-sign-in = ورود
ways-sign-in-text = حساب دارم
ways-new = ساخت حساب
ways-new-text = بار اول است
sign-in-again = با نام { $name } وارد شده‌اید. { $agency } می‌خواهد یک بار دیگر نشان دهید که خودتان هستید.
sign-in-again-other = { $name } نیستید؟ اول خارج شوید
sign-in-passkey = ورود با گذرکلید
sign-in-passkey-hint = با اثر انگشت، چهره یا قفل صفحهٔ گوشی یا رایانه‌تان
sign-in-password-hint = بعد از آن، کدی به شمارهٔ همراهتان پیامک می‌کنیم.
sign-in-submit = ورود با رمز عبور
sign-in-lost-phone = گوشی‌تان در دسترس نیست؟
sign-in-cancel = بازگشت به { $agency } بدون ورود
sign-in-lost-phone-text = کد ملی و رمز عبورتان را وارد کنید. در صفحهٔ بعد می‌توانید به‌جای کد پیامکی، یکی از کدهای بازیابی‌تان را وارد کنید.
passkey-cancelled = از گذرکلید استفاده نشد. دوباره تلاش کنید یا با رمز عبور وارد شوید.
passkey-not-created = گذرکلید ساخته نشد. دوباره تلاش کنید یا رمز عبور بگذارید.
passkey-failed = گذرکلید در این مرورگر کار نکرد. دوباره تلاش کنید یا از رمز عبور استفاده کنید.

## Proofing

prove-title = هویت خود را تأیید کنید
prove-lead = این کار را فقط یک بار انجام می‌دهید. سپس با همین حساب به { $agency } و سازمان‌های دیگر وارد می‌شوید.
prove-submit = ادامه
prove-next = در مرحلهٔ بعد، کدی را که برایتان پیامک می‌شود وارد می‌کنید.

## The one-time code

otp-title = کد پیامک‌شده را وارد کنید
otp-lead = کد شش‌رقمی را به این شماره فرستادیم:
otp-label = کد یک‌بارمصرف
otp-minutes = این کد تا { $minutes } دقیقهٔ دیگر معتبر است.
otp-submit = ادامه
otp-warning = این کد را به هیچ‌کس نگویید. کارکنان ما هرگز آن را نمی‌پرسند.
otp-sent-again = کد جدید فرستاده شد.
otp-not-arrived = کد نرسید؟
otp-not-arrived-text = گاهی پیامک یکی دو دقیقه دیر می‌رسد. اگر کد جدید بخواهید، کد قبلی دیگر کار نمی‌کند.
otp-again = فرستادن کد جدید
otp-check = پیامک رسیده است؟ دوباره ببینید
otp-waiting = شرکت تلفن شما هنوز پیامک را تحویل نگرفته است. یک دقیقه صبر کنید و دوباره ببینید.
otp-lost = پیامکِ کد به دست شما نرسید.
otp-lost-next = ببینید تلفن شما روشن است و آنتن دارد، و بعد در پایین کد جدید بخواهید.
otp-lost-proofing = اگر شمارهٔ بالا شمارهٔ شما نیست، آن را تغییر دهید.
otp-lost-sign-in = اگر آن هم نرسید، از یکی از کدهای بازیابی خود استفاده کنید.
otp-enter = وارد کردن کدی که رسیده است
otp-recovery = ورود با کد بازیابی
otp-back = بازگشت به صفحهٔ ورود
otp-change-number = تغییر شمارهٔ همراه

# A text message: short, and the code first, for phones show its beginning alone.
sms-code-verify = کد پنجره: { $code }. برای تأیید شمارهٔ شما در { $agency }. این کد را هرگز به هیچ‌کس نگویید، حتی به کارکنان ما.
sms-code-sign-in = کد پنجره: { $code }. برای ورود شما به { $agency }. این کد را هرگز به هیچ‌کس نگویید، حتی به کارکنان ما.
sms-an-agency = یک سازمان
sms-recovery-code-used = پنجره: همین حالا با یک کد بازیابی وارد حساب شما شدند. اگر خودتان نبودید، فوراً با پشتیبانی تماس بگیرید.
sms-account-taken-over = پنجره: حسابی که با این شماره ساخته شده بود بسته شد، چون کسی که این حساب به نام اوست نشان داد که کیست و حساب خودش را ساخت. دیگر نمی‌توانید وارد آن شوید. اگر اشتباه است، با پشتیبانی تماس بگیرید.

## Setting up how to sign in

authenticator-title = دفعهٔ بعد چطور وارد شوید؟
authenticator-lead = هویت شما تأیید شد. برای ورودهای بعدی یکی از این دو راه را انتخاب کنید.
takeover-title = قبلاً حسابی به نام شما ساخته شده است
takeover-text = کسی که آن را ساخت، کمتر از آنچه شما حالا نشان داده‌اید نشان داده بود. اگر ادامه دهید، آن حساب بسته می‌شود و شما حساب جدید خودتان را می‌گیرید.
takeover-ends = کسی که تا امروز با آن وارد می‌شد، دیگر نمی‌تواند وارد شود. رمز عبور، گذرکلیدها و کدهای بازیابی آن، همهٔ ورودها و همهٔ اجازه‌هایی که به سازمان‌ها داده شده است باطل می‌شود. سازمان‌هایی که با آن حساب کار کرده‌اند، شما را کاربر جدیدی می‌شناسند. این را به شمارهٔ قبلی آن پیامک می‌کنیم.
takeover-leave = اگر خودتان آن را ساخته‌اید و می‌خواهید همان‌طور بماند، این صفحه را ببندید و با همان حساب وارد شوید.
authenticator-passkey = گذرکلید
authenticator-recommended = پیشنهاد ما
authenticator-passkey-text = با اثر انگشت، چهره یا قفل صفحهٔ گوشی یا رایانه‌تان وارد می‌شوید. لازم نیست چیزی را به خاطر بسپارید و سایت‌های جعلی نمی‌توانند آن را از شما بگیرند.
authenticator-create-passkey = ساخت گذرکلید
authenticator-password = رمز عبور
authenticator-password-text = هر بار رمز عبور و کدی را که پیامک می‌شود وارد می‌کنید.
authenticator-submit = ثبت رمز عبور

## Recovery codes

recovery-codes-title = کدهای بازیابی خود را نگه دارید
recovery-codes-lead = اگر روزی گوشی یا گذرکلیدتان در دسترس نبود، با یکی از این کدها وارد می‌شوید.
recovery-codes-sheet = کدهای بازیابی پنجره
recovery-codes-site = برای ورود به:
recovery-codes-reference = شمارهٔ حساب شما روی این برگه:
recovery-codes-made-on = تاریخ ساخت:
recovery-codes-copy = کپی
recovery-codes-copied = کدها در حافظهٔ موقت کپی شد.
recovery-codes-not-copied = این مرورگر اجازهٔ کپی نمی‌دهد. کدها را دانلود کنید یا روی کاغذ بنویسید.
recovery-codes-download = دانلود
recovery-codes-print = چاپ
recovery-codes-keep = آن‌ها را در جای امنی بگذارید، بهتر از همه روی کاغذ: اگر گوشی‌تان گم شد، این کدها نباید با آن گم شوند.
recovery-codes-once = هر کد یک بار کار می‌کند. این کدها دیگر نشان داده نمی‌شوند.
recovery-codes-nobody = آن‌ها را به هیچ‌کس ندهید. کارکنان ما هرگز آن‌ها را نمی‌پرسند.
recovery-codes-submit = نگه داشتم؛ ادامه
recovery-code-title = ورود با کد بازیابی
recovery-code-instead = فعلاً نمی‌توانیم کدی به گوشی‌تان بفرستیم.
recovery-code-lead = یکی از کدهایی را که هنگام ساخت حساب گرفتید وارد کنید.
recovery-code-sheet = شمارهٔ روی برگهٔ کدهای شما:
recovery-code-label = کد بازیابی
recovery-code-hint = هر کد یک بار کار می‌کند. حروف بزرگ و کوچک و خط تیره فرقی ندارد.
recovery-code-submit = ورود
recovery-code-back = بازگشت به کد پیامکی
recovery-used-title = از یک کد بازیابی استفاده کردید
recovery-used-left = آن کد دیگر کار نمی‌کند. { $left } کد بازیابی دیگر برایتان مانده است.
recovery-used-none = این آخرین کدتان بود. دیگر کد بازیابی ندارید.
recovery-used-told = این را با پیامک هم به شما خبر دادیم. اگر خودتان از آن کد استفاده نکرده‌اید، با پشتیبانی تماس بگیرید.
recovery-used-submit = ادامه

## Consent

consent-title = اجازهٔ شما
consent-heading = { $agency } این اطلاعات را می‌خواهد
consent-lead = تا شما اجازه ندهید، چیزی داده نمی‌شود.
consent-withheld = { $agency } اطلاعاتی هم از ثبت احوال خواسته بود. آن را نمی‌دهیم، چون هنوز نشان نداده‌اید که این اطلاعات مال خود شماست.
consent-promise = اگر اجازه دهید، فقط همین‌ها به { $agency } داده می‌شود. تا وقتی چیز جدیدی نخواهد، دوباره نمی‌پرسیم.
consent-promise-once = اگر اجازه دهید، فقط همین‌ها به { $agency } داده می‌شود. برنامهٔ دیگری روی گوشی یا رایانه‌تان می‌تواند خودش را جای آن جا بزند؛ برای همین هر بار از شما می‌پرسیم.
consent-allow = اجازه می‌دهم
consent-deny = رد می‌کنم
consent-deny-hint = اگر رد کنید، بدون دادن اطلاعات به { $agency } برمی‌گردید.
consent-details-heading = { $agency } از شما اجازه می‌خواهد
consent-details-lead = با دقت بخوانید. تا شما اجازه ندهید، کاری انجام نمی‌شود.
consent-details-place = در { $place }
consent-details-also = این را هم می‌خواهد
consent-details-promise = اگر اجازه دهید، { $agency } فقط همین کار را می‌تواند بکند. هر بار دوباره از شما می‌پرسیم.
list-separator = ،{" "}
yes = بله
no = خیر
consent-deny-hint-device = اگر رد کنید، آن وسیله به خدمات { $agency } وارد نمی‌شود و چیزی داده نمی‌شود.
consent-deny-hint-counter = اگر رد کنید، این را به { $agency } می‌گوییم و چیزی داده نمی‌شود.
agency-unchecked = { $agency } خودش را در پنجره ثبت کرده و کسی بررسی نکرده است که مال چه کسی است. فقط اگر آن را می‌شناسید و به آن اعتماد دارید ادامه دهید.
agency-policy = حریم خصوصی در این سازمان (در برگهٔ جدید)
agency-terms = شرایط استفاده از خدمات این سازمان (در برگهٔ جدید)
scope-openid = شناسهٔ شما
scope-openid-text = تا این سازمان دفعهٔ بعد شما را بشناسد. خودِ شناسه چیزی دربارهٔ شما نمی‌گوید.
scope-profile = نام، تاریخ تولد و جنسیت
scope-profile-text = همان‌طور که در ثبت احوال نوشته شده است.
scope-details = بخشی از مشخصات شما
scope-phone = شمارهٔ همراه
scope-phone-text = شمارهٔ کامل داده می‌شود، و اینکه تأیید شده است؛ اینجا بخشی از آن پنهان است.
scope-address = نشانی
scope-address-text = نشانی محل زندگی‌تان، همان‌طور که در ثبت احوال نوشته شده است.
scope-offline-access = دسترسی وقتی شما نیستید
scope-offline-access-text = این سازمان می‌تواند بدون ورود دوبارهٔ شما، همین اطلاعات را باز هم بگیرد.
scope-national-id = کد ملی
scope-national-id-text = کد کامل داده می‌شود؛ اینجا بخشی از آن پنهان است.
scope-age-over-18 = اینکه ۱۸ سال تمام دارید
scope-age-over-18-text = فقط بله یا خیر؛ این اجازه تاریخ تولدتان را نشان نمی‌دهد.
claim-name = نام
claim-name-persian = نام فارسی
claim-name-latin = نام لاتین
claim-birth-date = تاریخ تولد
claim-gender = جنسیت
claim-confirmed-on = تاریخ تأیید
claim-mobile = همراه
claim-address = نشانی
claim-postal-code = کد پستی
claim-country = کشور
country-ir = ایران
claim-national-id = کد ملی
gender-female = زن
gender-male = مرد

## Returning to the agency

arrived-title = وارد شده‌اید
arrived-lead = قبلاً به { $agency } رفته‌اید. صفحه‌های آن ورود بسته شده‌اند؛ لازم نیست دوباره وارد شوید.
arrived-onward = ادامه در { $agency }
form-post-title = بازگشت به سازمان
form-post-lead = شما را به { $agency } می‌بریم. اگر صفحه باز نشد، دکمهٔ زیر را بزنید.
form-post-submit = ادامه

## Another device

device-title = ورود در وسیله‌ای دیگر
device-lead = کدی را که روی صفحهٔ آن وسیله می‌بینید، اینجا وارد کنید.
device-warning = کسی که کدی را با پیامک یا تماس تلفنی به شما می‌دهد، می‌خواهد از حساب شما استفاده کند. فقط کدی را وارد کنید که روی وسیله‌ای جلوی خودتان می‌بینید.
device-submit = ادامه
user-code-label = کد روی صفحه
user-code-hint = هشت حرف انگلیسی است، مانند WDJB‑MJHT. حروف بزرگ و کوچک و خط تیره فرقی ندارد.
compare-title = آن وسیله همین کد را نشان می‌دهد؟
compare-lead = می‌خواهید در وسیله‌ای دیگر از خدمات { $agency } استفاده کنید. کد آن را با این مقایسه کنید:
compare-elsewhere = ورود شما در آن وسیله است، نه در اینجا. هر کس پای آن باشد می‌تواند به نام شما کار کند.
compare-yourself = فقط اگر خودتان همین حالا این کار را شروع کرده‌اید و آن وسیله را می‌بینید، ادامه دهید.
compare-fraud = اگر کسی این کد یا لینک را با پیامک یا تماس تلفنی به شما داده است، کلاهبرداری است. «نه» را بزنید.
compare-mine = بله، همین کد است
compare-other = نه، این کد من نیست
device-allowed-title = به وسیلهٔ دیگر اجازه دادید
device-allowed-text = به همان وسیله برگردید؛ تا چند ثانیهٔ دیگر خودش ادامه می‌دهد. می‌توانید این صفحه را ببندید.
device-refused-title = ورود در آن وسیله انجام نشد
device-refused-text = چیزی داده نشد. می‌توانید این صفحه را ببندید.

## A counter or call centre asks

sms-approval = پنجره: سازمانی منتظر تصمیم شماست. { $link } اگر حالا با سازمانی کاری ندارید، کاری نکنید.
approvals-title = درخواست‌های در انتظار شما
approvals-lead = این سازمان‌ها منتظر تصمیم شما هستند. هر یک را باز کنید تا درخواستش را ببینید.
approvals-none = هیچ درخواستی در انتظار شما نیست.
approvals-signed-out = وارد نشده‌اید. لینکی را که پیامک شده است باز کنید یا اول به یکی از خدمات وارد شوید.
window-waiting = این سازمان‌ها منتظر تصمیم شما هستند
counter-heading = { $agency } می‌خواهد تأیید کنید که خودتان هستید
counter-lead = این درخواست را کسی در { $agency } فرستاده است. فقط اگر همین حالا در باجهٔ آن‌ها هستید یا با آن‌ها تلفنی حرف می‌زنید، اجازه دهید.
counter-message = آن‌ها هم همین متن را می‌بینند. مقایسه کنید:
counter-promise = اگر اجازه دهید، { $agency } می‌داند که با خود شما طرف است و فقط همین‌ها را که در بالا آمده می‌گیرد.
ask-allowed-title = اجازه دادید
ask-allowed-text = سازمان حالا می‌تواند کار شما را ادامه دهد. می‌توانید این صفحه را ببندید.
ask-refused-title = رد کردید
ask-refused-text = چیزی داده نشد. اگر منتظر این درخواست نبودید، به پشتیبانی خبر دهید. می‌توانید این صفحه را ببندید.

## Signing out

leaving-title = در حال خروج از پنجره هستید
leaving-lead = { $agency } می‌خواهد شما را به این نشانی ببرد که ما آن را بررسی نکرده‌ایم:
leaving-advice = شما در اینجا نه وارد شده‌اید و نه با چیزی موافقت کرده‌اید. اگر انتظار این صفحه را نداشتید، ادامه ندهید.
leaving-onward = رفتن به این نشانی
logout-title = می‌خواهید خارج شوید؟
logout-lead = یکی از این دو را انتخاب کنید.
logout-lead-agency = { $agency } شما را برای خروج به اینجا آورده است.
logout-here = خروج از این مرورگر
logout-here-text = فقط در همین مرورگر خارج می‌شوید. سازمان‌هایی که اجازه داده‌اید وقتی نیستید هم دسترسی داشته باشند، آن را نگه می‌دارند.
logout-everywhere = خروج از همه جا
logout-everywhere-text = در همهٔ گوشی‌ها و رایانه‌ها خارج می‌شوید و دسترسی سازمان‌ها وقتی شما نیستید هم قطع می‌شود. اگر گوشی‌تان گم شده است، این را انتخاب کنید.
logout-hint-missing = سایتی که شما را به اینجا آورده نگفته است کدام سایت است (در درخواستش نه id_token_hint معتبر هست و نه client_id)، پس نمی‌توانیم شما را به آن بازگردانیم.
logout-stay = نه، می‌مانم
logged-out-title = خارج شدید
logged-out-here = ورود شما در این مرورگر تمام شد.
logged-out-everywhere = همهٔ ورودهای شما، در همه جا، تمام شد.
logged-out-advice = شاید در سایت‌هایی که باز کرده‌اید هنوز وارد باشید. اگر این رایانه مال شما نیست، مرورگر را ببندید.

## Faults in a form

errors-title = یک مشکل هست
errors-prefix = خطا:
error-national-id-empty = کد ملی‌تان را وارد کنید.
error-birth-date-empty = تاریخ تولدتان را وارد کنید.
error-mobile-empty = شمارهٔ همراهتان را وارد کنید.
error-password-empty = رمز عبورتان را وارد کنید.
error-new-password-empty = رمز عبوری برای حسابتان وارد کنید.
error-code-empty = کدی را که پیامک شد وارد کنید.
error-recovery-code-empty = یکی از کدهای بازیابی‌تان را وارد کنید.
error-user-code-empty = کدی را که آن وسیله نشان می‌دهد وارد کنید.
error-national-id-shape = کد ملی ده رقم و کد فراگیر اتباع خارجی دوازده رقم است. صفرهای اول آن را هم بنویسید.
error-national-id-check-digit = این ده رقم نمی‌تواند کد ملی باشد. شاید دو رقم جابه‌جا شده است.
next-national-id-check-digit = کد را از روی کارت ملی یا شناسنامه بخوانید و دوباره وارد کنید.
error-birth-date-unreadable = تاریخ تولد خوانده نشد. آن را مانند ۱۳۶۵/۰۷/۱۲ یا ۱۹۸۶/۱۰/۰۴ بنویسید.
error-birth-date-ahead = تاریخ تولد نمی‌تواند در آینده باشد.
error-mobile-unreadable = شمارهٔ همراه خوانده نشد. آن را مانند ۰۹۱۲۰۰۰۰۰۰۰ یا با + و کد کشور بنویسید.
error-number-not-yours = این شماره به نام صاحب این کد ملی ثبت نشده است.
next-number-not-yours = شماره‌ای را بنویسید که به نام خودتان است. برای انتقال سیم‌کارت به نام خود، به شرکت مخابراتی‌تان مراجعه کنید.
error-mismatch = کد ملی و تاریخ تولدی که نوشتید، با هم در ثبت احوال پیدا نشد.
next-mismatch = هر دو را از روی کارت ملی یا شناسنامه دوباره وارد کنید. اگر باز هم نشد، به ادارهٔ ثبت احوال مراجعه کنید.
error-credentials-wrong = کد ملی یا رمز عبور درست نیست. هر دو را بررسی کنید و دوباره وارد کنید.
error-password-wrong = رمز عبور درست نیست. آن را بررسی کنید و دوباره بنویسید.
error-passkey-failed = این گذرکلید پذیرفته نشد. دوباره تلاش کنید یا از رمز عبور استفاده کنید.
error-password-too-short = رمز عبور باید حداقل ۸ حرف، رقم یا علامت داشته باشد.
error-password-too-long = رمز عبور باید حداکثر ۱۲۸ حرف، رقم یا علامت داشته باشد.
error-password-too-common = خیلی‌ها از این رمز عبور استفاده می‌کنند و زود حدس زده می‌شود. رمز عبور دیگری انتخاب کنید.
error-code-shape = کد شش رقم است. آن را از پیامک بخوانید و بنویسید.
error-code-wrong = این کد درست نیست. { $tries } بار دیگر می‌توانید امتحان کنید.
next-code-wrong = آخرین پیامک را ببینید و کد آن را وارد کنید.
error-code-expired = زمان این کد گذشته است. هر کد فقط چند دقیقه معتبر است.
next-code-expired = کد جدید بخواهید و آن را وارد کنید.
error-recovery-code-wrong = این کد بازیابی درست نیست یا قبلاً از آن استفاده شده است. کد دیگری را وارد کنید.
error-user-code-wrong = این کد درست نیست یا زمان آن گذشته است. آن را با صفحهٔ آن وسیله مقایسه کنید یا در آنجا کد جدید بگیرید.

## Refusals: title, one sentence, what to do next

refusal-what-next = چه کنید؟
refusal-reference = شمارهٔ پیگیری
refusal-under-age-title = هنوز نمی‌توانید حساب بسازید
refusal-under-age-text = پنجره برای کسانی است که به سن قانونی رسیده‌اند. شما از { $jalali } (برابر با { $gregorian }) می‌توانید حساب بسازید.
refusal-under-age-next = در آن روز یا بعد از آن دوباره بیایید. تا آن زمان، پدر، مادر یا سرپرستتان می‌تواند کار شما را در خود سازمان پیگیری کند.
refusal-deceased-title = با این مشخصات نمی‌توان حساب ساخت
refusal-deceased-text = در ثبت احوال، فوت صاحب این کد ملی ثبت شده است.
refusal-deceased-next = اگر این درست نیست، با شناسنامه به ادارهٔ ثبت احوال مراجعه کنید. اگر از بازماندگان هستید، تسلیت ما را بپذیرید؛ همان اداره شما را راهنمایی می‌کند.
refusal-code-used-title = از این کد قبلاً استفاده شده است
refusal-code-used-text = هر کد فقط یک بار کار می‌کند.
refusal-code-used-next = کد جدید بخواهید. اگر خودتان از این کد استفاده نکرده‌اید، با پشتیبانی تماس بگیرید.
refusal-too-many-tries-title = بیش از اندازه تلاش شد
refusal-too-many-tries-text = برای امنیت شما، این راه تا { $time } بسته است.
refusal-too-many-tries-next = در آن زمان به همین صفحه برگردید؛ تا آن وقت هیچ تلاشی پذیرفته نمی‌شود. اگر این تلاش‌ها از شما نبوده است، با پشتیبانی تماس بگیرید.
refusal-no-more-codes-text = برای امنیت شما، تا { $time } کد جدیدی به گوشی‌تان فرستاده نمی‌شود.
refusal-no-more-codes-next = اگر کدی رسیده است، همان را وارد کنید. می‌توانید به‌جای آن از یکی از کدهای بازیابی‌تان هم استفاده کنید. اگر این تلاش‌ها از شما نبوده است، با پشتیبانی تماس بگیرید.
refusal-code-tries-text = پنج بار کد نادرست وارد شد. برای امنیت شما، این کد دیگر کار نمی‌کند.
refusal-code-tries-next = کد جدید بخواهید و آن را وارد کنید. اگر این تلاش‌ها از شما نبوده است، با پشتیبانی تماس بگیرید.
refusal-registry-unavailable-title = ثبت احوال پاسخ نمی‌دهد
refusal-registry-unavailable-text = فعلاً نمی‌توانیم هویت شما را بررسی کنیم. اشتباه از شما نیست و چیزی ثبت نشد.
refusal-registry-unavailable-next = چند دقیقهٔ دیگر دوباره تلاش کنید.
refusal-already-registered-title = شما حساب دارید
refusal-already-registered-text = با این مشخصات قبلاً حسابی ساخته شده است.
refusal-already-registered-next = با همان حساب وارد شوید. اگر خودتان آن را نساخته‌اید، با پشتیبانی تماس بگیرید.
refusal-bad-request-title = این درخواست خوانده نشد
refusal-bad-request-text = درخواستی که به ما رسید، ناقص یا نادرست است.
refusal-bad-request-next = به سایت سازمان برگردید و از آنجا دوباره وارد شوید. اگر باز هم همین شد، با پشتیبانی تماس بگیرید.
refusal-unknown-client-title = این برنامه را نمی‌شناسیم
refusal-unknown-client-text = برنامه‌ای که شما را به اینجا فرستاد، به پنجره متصل نیست.
refusal-unknown-client-next = اطلاعاتی وارد نکنید. نشانی سایت را بررسی کنید و از سایت رسمی سازمان دوباره شروع کنید.
refusal-bad-redirect-title = نشانی بازگشت پذیرفته نیست
refusal-bad-redirect-text = شما را فقط به نشانی‌هایی برمی‌گردانیم که سازمان قبلاً ثبت کرده است.
refusal-bad-redirect-next = از سایت رسمی سازمان دوباره شروع کنید. اگر باز هم همین شد، به سازمان خبر دهید.
refusal-request-gone-title = زمان این درخواست ورود گذشته است
refusal-request-gone-text = مهلت آن تمام شده یا قبلاً به آن پاسخ داده شده است.
refusal-interaction-gone-title = زمان این صفحه گذشته است
refusal-interaction-gone-text = این ورود تمام شده یا در مرورگر دیگری شروع شده است.
refusal-interaction-gone-next = به سایت سازمان برگردید و دوباره «ورود با پنجره» را بزنید.
refusal-nothing-asked-title = اینجا چیزی در انتظار شما نیست
refusal-nothing-asked-text = این درخواست تمام شده، قبلاً پاسخ داده شده یا برای کس دیگری است.
refusal-nothing-asked-next = اگر سازمانی منتظر شماست، بخواهید درخواست را دوباره بفرستد. در غیر این صورت کاری لازم نیست.
refusal-not-found-title = این صفحه پیدا نشد
refusal-not-found-text = در این نشانی چیزی نیست.
refusal-not-found-next = نشانی را بررسی کنید یا از صفحهٔ اول شروع کنید.
refusal-too-large-title = این درخواست بیش از اندازه بزرگ است
refusal-too-large-text = درخواستی که به ما رسید، بزرگ‌تر از آن است که بتوانیم بپذیریم.
refusal-other-method-title = این صفحه را این‌گونه نمی‌توان باز کرد
refusal-other-method-text = این نشانی به چنین درخواستی پاسخ نمی‌دهد.
refusal-other-method-next = به صفحهٔ قبل برگردید و از لینک‌ها و دکمه‌های آن استفاده کنید.
refusal-too-slow-title = این کار بیش از اندازه طول کشید
refusal-too-slow-text = درخواست شما به‌موقع تمام نشد. اشتباه از شما نیست.
refusal-server-title = مشکلی از سمت ما پیش آمد
refusal-server-text = کار شما تمام نشد. اشتباه از شما نیست.
refusal-server-next = کمی بعد دوباره تلاش کنید. اگر باز هم همین شد، با پشتیبانی تماس بگیرید.
refusal-unavailable-title = این خدمت اکنون در دسترس نیست
refusal-unavailable-next = چند ثانیه صبر کنید و دوباره تلاش کنید. اگر ادامه داشت، با پشتیبانی تماس بگیرید.

## The guide for developers

developers-title = برای توسعه‌دهندگان
developers-search = جست‌وجو در راهنما
developers-search-button = جست‌وجو
developers-language = این راهنما به زبان انگلیسی است. پیام خطای کتابخانه را می‌توانید همان‌طور که هست بچسبانید.
developers-pages = همهٔ صفحه‌های راهنما
developers-deployment = نشانی‌های این پنجره
developers-found-title = نتیجه‌های جست‌وجوی «{ $query }»
developers-found-none = چیزی پیدا نشد. یکی دو واژه از پیام یا نام کتابخانه را امتحان کنید.

## About this service

footer-privacy = حریم خصوصی (زبانهٔ جدید)
footer-accessibility = دسترس‌پذیری (زبانهٔ جدید)
privacy-title = حریم خصوصی
privacy-lead = پنجره چه چیزی دربارهٔ شما نگه می‌دارد، چرا، و چه کسی آن را می‌گیرد.
privacy-kept = چه چیزی نگه داشته می‌شود
privacy-kept-record = وقتی هویت خود را تأیید می‌کنید، یک کپی از مشخصات شما در ثبت احوال نگه داشته می‌شود: نام‌های شما و نام پدرتان، تاریخ و محل تولد، جنسیت، نشانی، کد ملی و شمارهٔ کارت آن. شمارهٔ همراه شما و تاریخ این تأیید هم کنار آن می‌ماند.
privacy-kept-secrets = رمز عبور و کدهای بازیابی شما فقط به شکلی نگه داشته می‌شوند که نمی‌توان آن‌ها را خواند. از گذرکلید فقط بخش عمومی آن نگه داشته می‌شود: اثر انگشت و چهرهٔ شما هرگز از گوشی یا رایانه‌تان بیرون نمی‌رود.
privacy-passed-on = سازمان‌ها چه می‌گیرند
privacy-passed-on-consent = هر سازمان فقط چیزی را می‌گیرد که شما در صفحهٔ اجازه دیدید و پذیرفتید. زمان و شیوهٔ ورودتان را هم می‌داند.
privacy-passed-on-identifier = هر سازمان شما را با شناسه‌ای جداگانه می‌شناسد. سازمان‌ها نمی‌توانند این شناسه‌ها را با هم مقایسه کنند.
privacy-passed-on-end = وقتی از همه جا خارج می‌شوید، دسترسی سازمان‌ها در نبود شما هم تمام می‌شود.
privacy-log = چه چیزی ثبت می‌شود
privacy-log-what = هر ورود، هر اجازه‌ای که دادید یا ندادید و هر تغییر در شیوهٔ ورود، با زمان، نوع مرورگر و بخشی از نشانی شبکه ثبت می‌شود. این بخش شما را نشان نمی‌دهد.
privacy-log-how-long = اگر برای حساب شما مشکلی به وجود بیاید، این نوشته‌ها نشان می‌دهند چه گذشته است. برنامه آن‌ها را خودبه‌خود پاک نمی‌کند.
privacy-browser = چه چیزی در مرورگرتان می‌ماند
privacy-browser-cookies = یک کوکی ورود شما را نگه می‌دارد: حداکثر یک شبانه‌روز، و یک ساعت اگر استفاده نکنید. کوکی‌های دیگر صفحه‌های ورود را به هم وصل می‌کنند، به صفحهٔ سازمان‌ها می‌گویند که هنوز وارد هستید یا نه، و زبان شما را به یاد می‌سپارند.
privacy-browser-known = بعد از ورود، یک کوکی تا یک سال به یاد می‌سپارد که این مرورگر برای شما بوده است. این کوکی شما را از غریبه‌ای که جای دیگری رمز عبورتان را حدس می‌زند حفظ می‌کند.
privacy-browser-outside = این صفحه‌ها، جز نشان سازمانی که شما را فرستاده است، چیزی از سایت‌های دیگر بار نمی‌کنند. چیزی شما را از سایتی به سایت دیگر دنبال نمی‌کند.
privacy-others = چه کسان دیگری نقش دارند
privacy-others-who = ثبت احوال پاسخ می‌دهد که مشخصات شما درست است یا نه. شرکت مخابراتی‌تان پیامک کدها و خبرها را می‌رساند.
privacy-ask = پرسش‌های شما
privacy-ask-how = اگر چیزی در اینجا درست نیست، یا می‌خواهید بدانید چه چیزی دربارهٔ شما نگه داشته می‌شود، با پشتیبانی تماس بگیرید.
accessibility-title = دسترس‌پذیری
accessibility-lead = این صفحه‌ها باید برای همه قابل استفاده باشد: با صفحه‌خوان، فقط با صفحه‌کلید، روی گوشی کوچک یا قدیمی.
accessibility-aim = هدف ما
accessibility-aim-level = این صفحه‌ها طبق راهنمای دسترس‌پذیری محتوای وب (WCAG) نسخهٔ ۲٫۲، سطح AA، به فارسی و انگلیسی ساخته شده‌اند.
accessibility-aim-checked = قبل از انتشار هر نسخهٔ جدید، برنامه‌ای هر صفحه را در مرورگر بررسی می‌کند. چنین بررسی‌ای همه چیز را پیدا نمی‌کند؛ آنچه را ندیده است به ما بگویید.
accessibility-use = صفحه‌ها چگونه کار می‌کنند
accessibility-use-script = همه چیز جز گذرکلید بدون اسکریپت کار می‌کند. هیچ صفحه‌ای هنگام خواندن، خودبه‌خود دوباره بار نمی‌شود و شما را جای دیگری نمی‌برد.
accessibility-use-time = صفحه‌های ورود بعد از یک ساعت بسته می‌شوند. قبل از آن به شما گفته می‌شود و با یک دکمه زمان بیشتری می‌گیرید. کد پیامکی برای حفظ حساب شما فقط پنج دقیقه معتبر است؛ همیشه می‌توانید کد جدید بخواهید.
accessibility-use-phone = اگر نمی‌توانید پیامک بگیرید یا بخوانید، با گذرکلید یا یکی از کدهای بازیابی‌تان وارد شوید.
accessibility-limits = کاستی‌ها
accessibility-limits-passkey = پنجره‌هایی که در آن‌ها گذرکلید می‌سازید یا استفاده می‌کنید از مرورگر و وسیلهٔ شماست و ما نمی‌توانیم تغییرشان دهیم.
accessibility-limits-agencies = صفحه‌های سازمان‌ها از خودشان است و این نوشته دربارهٔ آن‌ها نیست.
accessibility-ask = به ما بگویید
accessibility-ask-how = اگر چیزی برایتان کار نمی‌کند، با پشتیبانی تماس بگیرید. نشانی صفحه و شمارهٔ پیگیری پایین آن را هم بگویید.
password-title = تغییر رمز عبور
password-lead = هنوز نمی‌توانید رمز عبور خود را در این صفحه‌ها تغییر دهید.
password-known = اگر شاید کس دیگری آن را می‌داند
password-known-what = از همه جا خارج شوید تا کسی به نام شما وارد نماند، و فوراً با پشتیبانی تماس بگیرید. رمز عبور به‌تنهایی چیزی را باز نمی‌کند: کدی از شمارهٔ همراهتان یا یک کد بازیابی هم لازم است.
password-instead = چه کار دیگری می‌توانید بکنید
password-instead-passkey = اگر گذرکلید دارید، با آن وارد شوید: حدس‌زدنی نیست و سایت‌های جعلی نمی‌توانند آن را از شما بگیرند.

## Months of the Persian and the Gregorian calendar

time-today = ساعت { $time }
time-on = ساعت { $time } روز { $date }
month-farvardin = فروردین
month-ordibehesht = اردیبهشت
month-khordad = خرداد
month-tir = تیر
month-mordad = مرداد
month-shahrivar = شهریور
month-mehr = مهر
month-aban = آبان
month-azar = آذر
month-dey = دی
month-bahman = بهمن
month-esfand = اسفند
month-january = ژانویه
month-february = فوریه
month-march = مارس
month-april = آوریل
month-may = مه
month-june = ژوئن
month-july = ژوئیه
month-august = اوت
month-september = سپتامبر
month-october = اکتبر
month-november = نوامبر
month-december = دسامبر
