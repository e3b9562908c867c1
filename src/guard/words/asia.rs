//! The languages of Asia, and Arabic.

use super::Class::*;
use super::{Language, Order};

pub static ARABIC: Language = Language {
    code: "ar",
    order: Order::Free,
    words: &[
        (
            Verb,
            "تجاهل, تجاهلي, تجاهلوا, انس, انسى, انسَ, تخط, تخطى, تجاوز, لا تتبع, لا تلتزم, اهمل, أهمل, لا تطع, توقف عن اتباع, ألغ, الغ, اترك, تناس, تغاض عن",
        ),
        (
            Object,
            "التعليمات, تعليمات, تعليماتك, التوجيهات, توجيهاتك, توجيهات, الإرشادات, إرشاداتك, الارشادات, المطالبة, رسالة النظام, برمجتك, الموجه, موجه النظام, قواعد السلامة",
        ),
        (WeakObject, "القواعد, قواعدك, الأوامر, القيود, قيودك, الحدود, الفلاتر, الضوابط, المرشحات"),
        (
            Prior,
            "السابقة, السابق, أعلاه, السابقه, الأصلية, الأولية, الاولية, النظام, المعطاة, المقدمة, قبل, الحالية, التي تلقيتها, المذكورة, اعطيت لك, مطوريك, الموجودة, تعليماتك, قواعدك, توجيهاتك, قيودك",
        ),
        (Every, "جميع, كل, كافة, أي"),
        (Whole, "كل ما سبق, ما سبق, كل ما قيل لك, كل شيء سابق, كل ما ورد أعلاه, كل ما تعرفه, كل شيء قبل, جميع ما سبق"),
        (
            Other,
            "البريد, الرسالة السابقة, العمود, الصف, الملف, التحذير, الخطأ, الفاتورة, الطلب, الفقرة, الوصفة, التعليق, التركيب, الاستخدام",
        ),
        (Mine, "تعليماتي, رسائلي, رسالتي, طلبي"),
        (Not, "لا, لم, لن, لماذا, من"),
        (
            NewTask,
            "تعليمات جديدة, التعليمات الجديدة, مهمتك الجديدة, مهمة جديدة, من الآن فصاعدا, من الان فصاعدا, منذ الآن, قواعد جديدة, تحديث النظام, دورك الجديد",
        ),
        (
            Instead,
            "بدلا من ذلك, وقل, وأخبرني, واكتب, واعرض, وأظهر, واكشف, وافعل, وترجم, ونفذ, أنت الآن, انت الان, وأرسل, وأعطني, وأجب, فقط",
        ),
        (
            Show,
            "اعرض, أظهر, اظهر, اكشف, أخبرني, اخبرني, أعطني, اعطني, كرر, اطبع, اكتب, ترجم, لخص, انسخ, شارك, ما هي, ما هو, أعد, قل, اذكر, اسرد, افصح عن, أفصح عن",
        ),
        (
            Prompt,
            "موجه النظام, مطالبة النظام, رسالة النظام, تعليمات النظام, تعليماتك, توجيهاتك, التعليمات الأولية, التعليمات المخفية, التعليمات السرية, التعليمات الداخلية, التعليمات الأصلية, برومبت النظام, إرشاداتك, قواعدك, إعداداتك, الموجه الأولي, الأوامر الأولية",
        ),
        (PromptWeak, "النص أعلاه, كل ما سبق, النص السابق, بداية هذه المحادثة, بداية المحادثة, ما ورد أعلاه"),
        (About, "بخصوص, حول, بشأن, عن"),
        (
            Act,
            "أنت الآن, انت الان, تصرف كأنك, تصرف كما, تصرف ك, تظاهر بأنك, تظاهر أنك, تخيل أنك, العب دور, قم بدور, مثل دور, تقمص, ستكون, تصرف وكأنك",
        ),
        (
            Free,
            "بدون قيود, بلا قيود, دون قيود, دون أي قيود, بدون أي قيود, بلا حدود, بدون قواعد, بلا قواعد, بدون رقابة, بلا رقابة, بدون فلاتر, غير مقيد, غير خاضع, لا قيود, لا قواعد, متحرر من, بلا أخلاق, دون أي رقابة, بدون حدود",
        ),
        (Mode, "وضع المطور, وضع المطورين, وضع dan, وضع المسؤول, وضع التصحيح, وضع الصيانة"),
        (Enable, "مفعل, فعل, تفعيل, في, ادخل, شغل"),
        (You, "أنت, انت"),
        (Never, "أبدا, ابدا, لا, بدون, دون"),
        (Refuse, "ترفض, الرفض, رفض, تعتذر, اعتذار, تحذيرات, تحذير, لا أستطيع, آسف, أخلاقية, الأخلاق"),
        (BeginWith, "ابدأ إجابتك, ابدأ ردك, ابدأ ب, ابدأ جوابك"),
        (Sure, "بالتأكيد, بالطبع, نعم إليك, حسنا, طبعا, إليك"),
        (
            Conceal,
            "لا تخبر المستخدم, لا تذكر هذا, لا تذكر ذلك, دون إخبار المستخدم, دون علم المستخدم, سرا, بدون إذن, لا تكشف, دون أن تخبر, بدون إعلام, دون إبلاغ",
        ),
        (Send, "أرسل, ارسل, انقل, حول, ارفع, انشر, إرسال"),
        (
            Data,
            "كلمة المرور, كلمات المرور, كلمة السر, بيانات الاعتماد, مفتاح api, مفاتيح api, المحادثة, سجل المحادثة, البيانات, الأسرار, جهات الاتصال, البيانات الشخصية",
        ),
        (
            Ai,
            "مساعد الذكاء الاصطناعي, الذكاء الاصطناعي, نموذج لغوي, نموذج اللغة, إلى المساعد, المساعد, ملاحظة للذكاء, إذا كنت ذكاء, روبوت الدردشة, أيها المساعد, للمساعد",
        ),
        (Do, "أرسل, ارسل, نفذ, استدع, احذف, حول, أوص, قل, أجب, اكتب, افتح, أضف, يجب, استخدم, اضغط, وافق, اذكر, زر, قم"),
        (Tool, "أداة, الأداة, وظيفة, أمر, الطرفية"),
        (
            Meta,
            "المهاجم, المهاجمون, المهاجمين, هجوم, هجمات, حقن, مقال, مثال, أمثلة, عبارة, عبارات, كشف, حماية, معنى, تعني, ترجمة, رواية, مشهد, شخصية, الباحثون",
        ),
        (Say, "مثل, مثال, عبارة, جملة, يقول, قال, كتب, تعني, نص, بعنوان, رسالة, ترجم"),
        (UserAsk, "طلب المستخدم, تعليمات المستخدم"),
        (Address, "ملاحظة للذكاء, إذا كنت ذكاء, أيها المساعد, عزيزي المساعد, إلى المساعد"),
    ],
};

pub static PERSIAN: Language = Language {
    code: "fa",
    order: Order::Free,
    words: &[
        (
            Verb,
            "نادیده بگیر, نادیده بگیرید, فراموش کن, فراموش کنید, توجه نکن, پیروی نکن, دور بزن, بی توجه باش, کنار بگذار",
        ),
        (Object, "دستورالعمل*, دستورالعملهای, دستورات, راهنما*, پرامپت, دستورهای, پیام سیستم"),
        (WeakObject, "قوانین, قواعد, محدودیت*, فرمان*"),
        (Prior, "قبلی, پیشین, بالا, اولیه, اصلی, سیستم, خود, خودت, داده شده"),
        (Every, "تمام, همه, کلیه, هر"),
        (Whole, "همه چیز بالا, هر آنچه بالا, هر چه قبلا, همه چیز قبلی"),
        (Mine, "من, ما"),
        (Not, "چرا, نباید"),
        (NewTask, "دستورالعمل جدید, دستورالعملهای جدید, وظیفه جدید, از این به بعد, از حالا به بعد"),
        (Instead, "به جای آن, و بگو, و نشان, و بنویس, اکنون تو, حالا تو, و پاسخ"),
        (Show, "نشان بده, نمایش بده, بگو, فاش کن, تکرار کن, بنویس, چاپ کن, ترجمه کن, چیست"),
        (
            Prompt,
            "پرامپت سیستم, پیام سیستم, دستورالعملهای خود, دستورالعمل های خود, دستورات اولیه, دستورات مخفی, دستورالعملهای اولیه, دستورات سیستم, دستورالعمل سیستم",
        ),
        (Act, "اکنون تو, حالا تو, وانمود کن, نقش, تصور کن که, مانند یک"),
        (Free, "بدون محدودیت, بدون قانون, بدون فیلتر, بدون سانسور, هیچ محدودیتی, هیچ قانونی"),
        (Meta, "مهاجم, حمله, مثال, عبارت, مقاله, یعنی, ترجمه"),
        (Say, "مانند, مثل, عبارت, جمله, یعنی, متن"),
    ],
};

pub static HINDI: Language = Language {
    code: "hi",
    order: Order::Free,
    words: &[
        (
            Verb,
            "अनदेखा करें, अनदेखा करो, अनदेखा कर, अनदेखा, नज़रअंदाज़, नजरअंदाज, नज़रअंदाज, भूल जाओ, भूल जाएं, भूल जाइए, भूल जा, उपेक्षा, मत मानो, पालन न करें, पालन मत करो, छोड़ दो, इग्नोर, अवहेलना, दरकिनार, bhool jao, bhul jao, nazarandaz, ignore karo, ignore kar do, ignore kar",
        ),
        (
            Object,
            "निर्देश*, निर्देशों, प्रॉम्प्ट, सिस्टम संदेश, दिशानिर्देश*, दिशा निर्देश*, हिदायत*, इंस्ट्रक्शन*, instructions, nirdesh*",
        ),
        (WeakObject, "नियम*, आदेश*, प्रतिबंध*, सीमा*, पाबंदी*, फ़िल्टर, rules, niyam*"),
        (
            Prior,
            "पिछले, पिछली, पहले, ऊपर, उपरोक्त, पूर्व, मूल, प्रारंभिक, सिस्टम, दिए गए, अपने, तुम्हारे, आपके, pichle, pichhle, pehle, purane, apne, पुराने, मौजूदा",
        ),
        (Every, "सभी, सारे, सब, हर, किसी, sabhi, saare, sare"),
        (Whole, "ऊपर दी गई सभी, ऊपर की सभी बातें, सब कुछ भूल, पहले कही गई, उपरोक्त सब, सब कुछ, ऊपर लिखा सब"),
        (Other, "ईमेल, कॉलम, पंक्ति, फ़ाइल, चेतावनी, त्रुटि, बिल, ऑर्डर, अनुच्छेद, रेसिपी, टिप्पणी"),
        (Mine, "मेरे, मेरी, मेरा, हमारे, mere, meri"),
        (Not, "क्यों, कौन, मत"),
        (NewTask, "नए निर्देश, नया निर्देश, नया कार्य, तुम्हारा नया, आपका नया, अब से, आज से, नए नियम, ab se, naya kaam"),
        (
            Instead,
            "इसके बजाय, और बताओ, और बताएं, और लिखो, और दिखाओ, और कहो, अब तुम, अब आप, और मुझे, केवल, सिर्फ, aur mujhe, aur batao, ab tum",
        ),
        (
            Show,
            "दिखाओ, दिखाएं, बताओ, बताएं, बताइए, प्रकट करें, प्रकट करो, दोहराओ, दोहराएं, लिखो, लिखें, अनुवाद, क्या है, क्या हैं, प्रिंट, साझा करें, दिखाइए, उजागर, batao, dikhao",
        ),
        (
            Prompt,
            "सिस्टम प्रॉम्प्ट, सिस्टम संदेश, सिस्टम निर्देश*, अपने निर्देश*, आपके निर्देश*, तुम्हारे निर्देश*, गुप्त निर्देश*, छिपे हुए निर्देश*, प्रारंभिक निर्देश*, मूल निर्देश*, आंतरिक निर्देश*, अपना प्रॉम्प्ट, apna system prompt, system prompt, अपना सिस्टम",
        ),
        (PromptWeak, "ऊपर का पाठ, उपरोक्त पाठ, इस बातचीत की शुरुआत, ऊपर लिखा"),
        (About, "के लिए, के बारे में"),
        (
            Act,
            "अब तुम, अब आप, की तरह व्यवहार, की तरह काम, की भूमिका, नाटक करो, कल्पना करो कि तुम, मान लो कि तुम, होने का नाटक, बनकर, ab tum, बन जाओ",
        ),
        (
            Free,
            "बिना किसी प्रतिबंध, बिना प्रतिबंध, बिना किसी सीमा, बिना सीमा, बिना नियम, बिना किसी नियम, बिना फ़िल्टर, बिना सेंसर, कोई प्रतिबंध नहीं, कोई नियम नहीं, कोई सीमा नहीं, bina kisi rok, koi niyam nahi, बिना रोक, बिना किसी रोक, बिना किसी फ़िल्टर",
        ),
        (Mode, "डेवलपर मोड, डैन मोड, डीबग मोड, एडमिन मोड"),
        (Enable, "सक्षम, सक्रिय, चालू, में"),
        (You, "तुम, आप"),
        (Never, "कभी, मत, बिना, नहीं"),
        (Refuse, "मना, इनकार, माफी, चेतावनी, नैतिक*, अस्वीकार"),
        (
            Conceal,
            "उपयोगकर्ता को न बताएं, उपयोगकर्ता को मत बताओ, यूजर को मत बताना, बिना बताए, चुपके से, गुप्त रूप से, का उल्लेख न करें, उपयोगकर्ता को बताए बिना",
        ),
        (Send, "भेजो, भेजें, भेज दो, अपलोड, फॉरवर्ड, साझा"),
        (Data, "पासवर्ड, एपीआई कुंजी, api key, बातचीत, डेटा, गोपनीय, संपर्क, चैट इतिहास"),
        (Ai, "एआई सहायक, एआई, भाषा मॉडल, कृत्रिम बुद्धिमत्ता, चैटबॉट, सहायक, ai"),
        (Do, "भेजो, भेजें, चलाओ, चलाएं, हटाओ, हटाएं, बताओ, लिखो, खोलो, जोड़ें, उपयोग करें, क्लिक, कहो, सिफारिश"),
        (Meta, "हमलावर*, हमला, हमले, उदाहरण, वाक्यांश, लेख, मतलब, अर्थ, अनुवाद, उपन्यास, वाक्य, बचाव, इंजेक्शन"),
        (Say, "जैसे, उदाहरण, वाक्यांश, वाक्य, कहता, कहा, लिखा, मतलब, अर्थ, पाठ"),
        (UserAsk, "उपयोगकर्ता के निर्देश*, उपयोगकर्ता के अनुरोध"),
        (Address, "एआई के लिए, अगर आप एआई, प्रिय सहायक, ध्यान दें एआई"),
    ],
};

pub static CHINESE: Language = Language {
    code: "zh",
    order: Order::Free,
    words: &[
        (
            Verb,
            "忽略, 忽視, 忽视, 无视, 無視, 忘记, 忘記, 忘掉, 不要理会, 不要理會, 不用理会, 抛弃, 拋棄, 绕过, 繞過, 跳过, 跳過, 覆盖, 覆蓋, 不再遵守, 不要遵守, 不必遵守, 不再遵循, 不要遵循, 违反, 違反, 撇开, 丢弃, 摒弃, 取消, 放弃, 不要管, 别管, 停止遵循, 停止遵守, 废除, 清除, 突破",
        ),
        (
            Object,
            "指令, 指示, 提示词, 提示詞, 系统提示, 系統提示, 提示语, 准则, 準則, 系统消息, 系統訊息, 说明, 說明, 指南, 安全规则, 设定, 設定, 安全准则, 编程, 预设",
        ),
        (WeakObject, "规则, 規則, 命令, 限制, 约束, 約束, 规定, 規定, 要求, 过滤, 政策, 内容政策, 任务"),
        (
            Prior,
            "之前, 以前, 先前, 上面, 以上, 前面, 上述, 原来, 原來, 原始, 初始, 最初, 系统, 系統, 你的, 你收到, 此前, 已有, 给你的, 給你的, 开发者, 所有规则, 您的, 原有",
        ),
        (Every, "所有, 全部, 一切, 任何, 每个, 每一条"),
        (
            Whole,
            "以上所有内容, 上面所有内容, 以上内容, 上面的内容, 之前的所有内容, 之前的一切, 以上一切, 前面的内容, 之前的内容, 以上的所有, 上述内容, 以上全部, 你之前被告知的, 之前所说的一切, 前面说的, 以上的一切, 所有之前的内容, 之前的对话内容",
        ),
        (
            Other,
            "邮件, 郵件, 这一列, 一列, 列, 行, 文件, 警告, 错误, 錯誤, 发票, 订单, 訂單, 段落, 表格, 评论, 附件, 短信, 说明书, 說明書, 报价, 安装说明",
        ),
        (Mine, "我的, 我们的, 我給你, 我发的, 我之前, 我刚才, 我先前"),
        (
            Not,
            "我, 他, 她, 他们, 我们, 用户, 系统会, 会, 不要忽略, 请勿忽略, 为什么, 別忽略, 不能, 不得, 切勿, 请勿, 谁, 如何防止, 被",
        ),
        (
            NewTask,
            "新的指令, 新指令, 新任务, 新的任务, 新任務, 你的新任务, 从现在起, 从现在开始, 從現在開始, 從現在起, 新规则, 新的规则, 系统更新, 新角色, 接下来你, 现在你是, 你现在是, 只听从, 最新指令, 新的系统",
        ),
        (
            Instead,
            "而是, 然后告诉, 并告诉, 并输出, 并说, 然后输出, 然后说, 直接输出, 只输出, 只回复, 你现在是, 现在你是, 告诉我, 输出, 回复, 并回答, 改为, 并显示, 然后, 執行, 执行, 並告訴, 請告訴, 請輸出, 接着",
        ),
        (
            Show,
            "显示, 顯示, 告诉我, 告訴我, 输出, 輸出, 重复, 重複, 打印, 列出, 写出, 寫出, 透露, 泄露, 洩露, 展示, 翻译, 翻譯, 复述, 給我看, 给我看, 给出, 公开, 是什么, 是什麼, 有哪些, 说出, 分享, 提供, 复制, 揭示, 原样",
        ),
        (
            Prompt,
            "系统提示词, 系統提示詞, 系统提示, 系統提示, 系统指令, 系統指令, 你的指令, 你的提示词, 你的提示, 你的设定, 你的初始指令, 初始指令, 初始提示, 原始指令, 隐藏指令, 隱藏指令, 秘密指令, 内部指令, 內部指令, 系统消息, 系統訊息, 你的规则, 你的配置, 系统设定, 内部规则, 你收到的指令, 隐藏的指令, 你的系统, 您的系统提示, 预设提示",
        ),
        (
            PromptWeak,
            "以上内容, 上面的内容, 以上文字, 上面的文字, 以上所有, 之前的内容, 对话开头, 对话的开头, 上文, 這段對話的開頭",
        ),
        (About, "关于, 關於, 有关, 对于"),
        (
            Act,
            "你现在是, 你現在是, 现在你是, 扮演, 假装你是, 假裝你是, 假装, 假設你是, 假设你是, 想象你是, 角色扮演, 充当, 模拟, 模擬, 作为一个, 你将扮演, 你是一个, 你不再是",
        ),
        (
            Free,
            "关闭所有安全过滤, 关闭安全过滤, 关闭所有过滤, 关闭过滤, 关闭安全, 解除所有限制, 没有任何限制, 沒有任何限制, 没有限制, 沒有限制, 不受限制, 不受任何限制, 无限制, 無限制, 没有规则, 沒有規則, 不受约束, 不受任何约束, 没有道德, 无道德, 无需遵守, 不用遵守, 没有审查, 无审查, 未经审查, 没有过滤, 无过滤, 可以做任何事, 任何事情, 不需要遵守, 没有任何道德, 没有任何规则, 摆脱, 摆脱了, 越狱, 不受审查, 不受道德, 没有底线, 不设限, 没有任何过滤, 不受规则",
        ),
        (
            Mode,
            "开发者模式, 開發者模式, dan模式, 调试模式, 調試模式, 上帝模式, 管理员模式, 管理員模式, 越狱模式, 维护模式, 无限制模式",
        ),
        (Enable, "启用, 啟用, 开启, 開啟, 进入, 進入, 激活, 已启用, 已激活, 已开启, 处于, 切换"),
        (You, "你, 您"),
        (Never, "绝不, 絕不, 永远不, 永遠不, 不要, 不得, 不许, 不能, 禁止, 没有, 无需"),
        (Refuse, "拒绝, 拒絕, 道歉, 警告, 免责声明, 免責聲明, 抱歉, 道德, 伦理, 说教, 对不起, 无法, 說教"),
        (BeginWith, "回答开头, 开头必须, 你的回答必须以, 回答以, 请以, 开始你的回答"),
        (Sure, "当然, 當然, 好的, 没问题, 以下是, 可以的"),
        (
            Conceal,
            "不要告诉用户, 不要告訴用戶, 别告诉用户, 不要提及, 不要让用户知道, 不要通知用户, 在用户不知情, 秘密地, 悄悄, 不要透露此, 无需用户确认, 无需确认, 不要提到这, 不要向用户, 請勿告知使用者, 不要讓使用者, 不要告知用户, 无需告知, 不要询问用户",
        ),
        (Send, "发送, 發送, 发到, 转发, 轉發, 上传, 上傳, 传送, 寄到, 提交, 发布, 传输"),
        (
            Data,
            "密码, 密碼, 凭证, api密钥, 密钥, 密鑰, 对话, 聊天记录, 聊天記錄, 个人信息, 个人数据, 用户数据, 机密, 联系人, 隐私, 历史记录, 令牌",
        ),
        (Place, "邮箱, 网址, 链接, 服务器, 地址"),
        (
            Ai,
            "ai助手, 人工智能助手, 人工智能, 语言模型, 語言模型, 大模型, 聊天机器人, 如果你是ai, 致ai, 给ai, ai模型, 智能助手, 助手请, 助手注意, 作为ai, 请ai, 所有ai",
        ),
        (
            Do,
            "发送, 發送, 调用, 執行, 执行, 运行, 删除, 刪除, 转账, 推荐, 推薦, 说, 回复, 回答, 打开, 访问, 添加, 必须, 务必, 使用, 点击, 批准, 转发, 给出, 评为, 输出, 写",
        ),
        (Tool, "工具, 函数, 命令, 终端, 插件, 接口"),
        (
            Meta,
            "攻击者, 攻擊者, 攻击, 攻擊, 提示注入, 提示词注入, 例如, 比如, 例子, 这句话, 短语, 文章, 检测, 防御, 防范, 防止, 意思, 翻译成, 翻譯成, 小说, 场景, 角色, 研究人员, 示例, 句子, 屏蔽, 过滤掉",
        ),
        (Say, "例如, 比如, 如, 这句话, 句子, 短语, 写道, 说, 意思, 文本, 标题, 像, 翻译, 输入"),
        (UserAsk, "用户的指令, 用户的请求, 用户请求, 用户的要求, 用户指令, 使用者的指示, 用户的问题"),
        (Address, "助手请注意, 致ai, 给ai, 如果你是ai, ai助手请, 助手注意, 请ai, 所有ai, 亲爱的助手"),
    ],
};

pub static JAPANESE: Language = Language {
    code: "ja",
    order: Order::Free,
    words: &[
        (
            Verb,
            "忘れなさい, 無視して, 無視し, 無視しろ, 無視せよ, 無視, 忘れて, 忘れろ, 忘れ, 従わないで, 従わず, 従うな, 従う必要はない, 破棄, 上書き, 回避して, 取り消, 考慮しないで, 放棄, 逆らって, 解除して, スキップして",
        ),
        (
            Object,
            "指示, 命令, プロンプト, システムメッセージ, ガイドライン, 指令, インストラクション, 安全規則, プログラミング",
        ),
        (WeakObject, "ルール, 規則, 制限, 制約, ポリシー, フィルター, 設定, 約束事"),
        (
            Prior,
            "ここまでの, 以前の, 前の, これまでの, 上記の, 上の, 先ほどの, 過去の, 元の, 最初の, 初期, 今までの, あなたの, システム, 与えられた, 既存の, 従来の, それまでの, 上記, 以前に, 開発者の",
        ),
        (Every, "すべて, 全て, 全部, あらゆる, 一切, いかなる"),
        (
            Whole,
            "上記の内容, 上記をすべて, 上記すべて, これまでの内容, 以前の内容, ここまでの内容, 上の内容, これまでの会話, 上記の文章, 今まで言われたこと",
        ),
        (
            Other,
            "メール, 列, 行, ファイル, 警告, エラー, 請求書, 注文, 段落, 取扱説明書, レシピ, コメント, 添付, 組み立て",
        ),
        (Mine, "私の, 僕の, 先ほど送った, 私が"),
        (Not, "無視しないで, 忘れないで, なぜ, 誰, 無視してはいけ, 無視される, 無視された"),
        (
            NewTask,
            "新しい指示, 新しい命令, 新しいタスク, あなたの新しい, 今から, これから, 今後は, 新しいルール, システム更新, あなたは今, 今からあなたは, 以後",
        ),
        (
            Instead,
            "代わりに, と言って, と答えて, を表示して, を出力, を教えて, 次の, 今からあなた, あなたは今, 教えてください, 表示してください, 出力してください, だけを, 実行して",
        ),
        (
            Show,
            "表示して, 見せて, 教えて, 出力して, 繰り返して, 書いて, 書き出して, 翻訳して, 要約して, 開示して, 明かして, 公開して, は何ですか, 何ですか, 共有して, 印刷, 暴露, 復唱, コピーして, 提示して, 示して, 出して, そのまま",
        ),
        (
            Prompt,
            "システムプロンプト, システムメッセージ, システム指示, あなたの指示, あなたへの指示, あなたのプロンプト, 初期プロンプト, 初期指示, 最初の指示, 隠された指示, 秘密の指示, 内部指示, 元の指示, あなたのルール, あなたの設定, 内部プロンプト, 与えられた指示, あなたに与えられた, 隠しプロンプト, 開発者からの指示, 内部の指示",
        ),
        (PromptWeak, "上記の文章, 上の文章, これまでの内容, 上記の内容, 会話の最初, 上記のテキスト, この会話の冒頭"),
        (About, "について, に関する"),
        (
            Act,
            "あなたは今, 今からあなたは, のふりをして, ふりをして, として振る舞, になりきって, ロールプレイ, 演じて, と仮定して, として行動, として答えて, のつもりで, あなたはもう",
        ),
        (
            Free,
            "フィルターをすべて無効, フィルターを無効, 制限も倫理もない, 倫理もない, 制限のない, 制限がない, 制限なし, 制限なく, 無制限, ルールのない, ルールなし, ルールがない, 検閲なし, 検閲のない, フィルターなし, 倫理的な制限, 倫理観のない, 何でもできる, 何でも答える, 制約のない, 制約なし, 一切の制限, 束縛されない, 縛られない, 縛られず, 道徳のない, 何でもあり, 脱獄",
        ),
        (
            Mode,
            "開発者モード, デベロッパーモード, danモード, デバッグモード, 管理者モード, メンテナンスモード, 神モード",
        ),
        (Enable, "有効, 起動, 入り, 入って, 切り替え, オン, アクティブ"),
        (You, "あなた, お前, 君"),
        (Never, "決して, 絶対に, してはいけない, 禁止, ないで, なしで"),
        (Refuse, "拒否, 断ら, 謝罪, 謝ら, 警告, 注意書き, できません, 申し訳, 倫理, 道徳, 免責"),
        (BeginWith, "で始めて, から始めて, 回答の冒頭, 回答は必ず"),
        (Sure, "もちろん, はい, 承知しました, 了解しました"),
        (
            Conceal,
            "ユーザーに知らせ, ユーザーに言わないで, ユーザーには言わ, ユーザーに伝えないで, ユーザーには伝え, このことは言及, 言及しないで, こっそり, 秘密裏に, 確認せずに, 確認なしで, 触れないで, ユーザーに通知せず, ユーザーに気づかれ",
        ),
        (Send, "送信, 送って, 転送, アップロード, 投稿, 渡して, 送付"),
        (
            Data,
            "パスワード, 認証情報, apiキー, 会話, 会話履歴, 個人情報, データ, 秘密, 連絡先, 機密, トークン, チャット履歴",
        ),
        (
            Ai,
            "aiアシスタント, 人工知能, 言語モデル, チャットボット, aiへの, aiへ, もしあなたがai, アシスタントへ, llm, aiモデル, aiエージェント, アシスタントは",
        ),
        (
            Do,
            "送信, 送って, 実行, 呼び出, 削除, 振り込, 推薦, 勧めて, 言って, 答えて, 書いて, 開いて, 追加, 使って, 使用して, クリック, 承認, 転送, 必ず, 回答して, 評価して",
        ),
        (Tool, "ツール, 関数, コマンド, ターミナル, プラグイン"),
        (
            Meta,
            "攻撃者, 攻撃, インジェクション, 例えば, たとえば, 例, フレーズ, 記事, 検出, 防御, 防ぐ, 意味, 翻訳, 小説, 場面, キャラクター, 研究者, 文言, という文",
        ),
        (Say, "例えば, たとえば, という, のような, といった, フレーズ, 文, と書, と言った, 意味, 次の文"),
        (UserAsk, "ユーザーの指示, ユーザーの依頼, ユーザーの質問, ユーザーの要求"),
        (Address, "aiへの, aiへ, もしあなたがai, アシスタントへ, aiアシスタントへ, aiの皆さん"),
    ],
};

pub static KOREAN: Language = Language {
    code: "ko",
    order: Order::Free,
    words: &[
        (
            Verb,
            "무시해, 무시하고, 무시하세요, 무시하십시오, 무시하라, 무시하며, 무시하시오, 무시한, 잊어, 잊고, 잊으세요, 잊어버려, 따르지 마, 따르지 말고, 따르지 않, 건너뛰, 우회, 덮어쓰, 취소하고, 폐기, 무효화, 어기고, 벗어나",
        ),
        (Object, "지시, 지침, 명령, 프롬프트, 시스템 메시지, 지시사항, 가이드라인, 안내사항, 인스트럭션"),
        (WeakObject, "규칙, 제한, 제약, 정책, 필터, 설정"),
        (
            Prior,
            "지금까지의, 이전, 위의, 앞의, 기존, 앞선, 지금까지, 원래, 초기, 시스템, 너의, 당신의, 네, 상기, 위에, 받은, 최초, 과거, 주어진, 개발자",
        ),
        (Every, "모든, 모두, 전부, 일체, 어떤"),
        (
            Whole,
            "위의 모든 내용, 위 내용, 이전 내용, 지금까지의 내용, 위의 내용, 앞의 내용, 위의 모든 것, 이전의 모든 것, 위에 있는 모든",
        ),
        (Other, "이메일, 메일, 열, 행, 파일, 경고, 오류, 청구서, 주문, 단락, 설명서, 레시피, 댓글, 첨부"),
        (Mine, "내가 보낸, 제가 보낸, 나의, 내 이전, 제 이전"),
        (Not, "무시하지, 잊지, 왜, 누가"),
        (
            NewTask,
            "새로운 지시, 새 지시, 새로운 명령, 새로운 작업, 새 작업, 지금부터, 이제부터, 앞으로, 새로운 규칙, 시스템 업데이트, 너는 이제, 당신은 이제",
        ),
        (
            Instead,
            "대신, 말해, 출력해, 알려줘, 알려 줘, 보여줘, 보여 줘, 대답해, 너는 이제, 당신은 이제, 실행해, 그리고, 만 말",
        ),
        (
            Show,
            "보여줘, 보여 줘, 보여주세요, 알려줘, 알려 줘, 알려주세요, 출력해, 출력하세요, 반복해, 말해, 공개해, 번역해, 요약해, 나열해, 적어, 써줘, 뭐야, 무엇인가요, 무엇, 공유해, 복사해, 드러내, 그대로, 누설",
        ),
        (
            Prompt,
            "시스템 프롬프트, 시스템프롬프트, 시스템 메시지, 시스템 지시, 너의 지시, 당신의 지시, 너의 프롬프트, 당신의 프롬프트, 초기 프롬프트, 초기 지시, 숨겨진 지시, 숨겨진 프롬프트, 비밀 지시, 내부 지시, 내부 지침, 원래 지시, 받은 지시, 네 지침, 당신의 지침, 시스템 지침, 네 프롬프트, 초기 지침, 너의 지침, 네 지시",
        ),
        (PromptWeak, "위의 텍스트, 위 텍스트, 위의 내용, 위 내용, 대화의 시작, 대화 시작"),
        (About, "에 대한, 관련"),
        (
            Act,
            "너는 이제, 당신은 이제, 이제부터 너는, 인 척, 처럼 행동, 역할을 해, 역할극, 라고 가정, 연기해, 로서 대답, 지금부터 너는, 지금부터 당신은, 라고 상상",
        ),
        (
            Free,
            "제한도 윤리도 없는, 윤리도 없는, 제한도 없는, 필터를 모두 끄, 필터를 끄, 제한 없는, 제한이 없는, 제한 없이, 제한없이, 아무런 제한, 무제한, 규칙이 없는, 규칙 없이, 검열 없이, 검열되지 않은, 검열이 없는, 필터 없이, 윤리적 제한, 뭐든지 할 수, 무엇이든 할 수, 무엇이든, 제약 없이, 제약이 없는, 도덕적 제한, 얽매이지 않, 구애받지 않, 탈옥",
        ),
        (Mode, "개발자 모드, 댄 모드, dan 모드, 디버그 모드, 관리자 모드, 신 모드"),
        (Enable, "활성화, 켜, 들어가, 전환, 진입"),
        (You, "너는, 당신은, 너의"),
        (Never, "절대, 결코, 하지 마, 없이, 말고, 금지"),
        (Refuse, "거부, 거절, 사과, 경고, 할 수 없, 죄송, 윤리, 도덕, 면책"),
        (
            Conceal,
            "사용자에게 말하지, 사용자에게 알리지, 언급하지 마, 언급하지 말, 몰래, 비밀리에, 확인 없이, 사용자 모르게, 사용자에게 묻지",
        ),
        (Send, "보내, 전송, 전달해, 업로드, 게시"),
        (
            Data,
            "비밀번호, 자격 증명, api 키, 대화 내용, 대화 기록, 개인정보, 개인 정보, 데이터, 연락처, 비밀, 토큰, 채팅 기록",
        ),
        (Ai, "ai 어시스턴트, 인공지능, 언어 모델, 챗봇, ai에게, 어시스턴트, 만약 당신이 ai, llm, ai 모델, ai 비서"),
        (Do, "보내, 실행, 호출, 삭제, 송금, 추천, 말해, 대답, 작성, 열어, 방문, 추가, 사용, 클릭, 승인, 반드시, 전달"),
        (Tool, "도구, 함수, 명령어, 터미널"),
        (
            Meta,
            "공격자, 공격, 인젝션, 예를 들어, 예시, 문구, 문장, 기사, 탐지, 방어, 방지, 의미, 뜻, 번역, 소설, 장면, 연구자",
        ),
        (Say, "예를 들어, 같은, 라는, 문구, 문장, 라고, 뜻, 번역"),
        (UserAsk, "사용자의 지시, 사용자의 요청, 사용자 요청"),
        (Address, "ai에게, 만약 당신이 ai, ai 어시스턴트에게, 주의 ai"),
    ],
};

pub static INDONESIAN: Language = Language {
    code: "id",
    order: Order::Free,
    words: &[
        (
            Verb,
            "abaikan, lupakan, kesampingkan, jangan ikuti, jangan hiraukan, hiraukan, langgar, lewati, jangan patuhi, jangan pedulikan, abai, endahkan, berhenti mengikuti, timpa, batalkan",
        ),
        (
            Object,
            "instruksi, instruksimu, perintah, petunjuk, prompt, pedoman, arahan, pesan sistem, panduan, instruksi instruksi, arahan arahan",
        ),
        (WeakObject, "aturan, aturanmu, batasan, larangan, kebijakan, pembatasan, filter, peraturan"),
        (
            Prior,
            "sebelumnya, di atas, terdahulu, awal, asli, sistem, kamu, anda, mu, yang diberikan, tadi, sebelum ini, terdahulu, pengembang, yang ada",
        ),
        (Every, "semua, seluruh, segala, setiap, apa pun, apapun"),
        (
            Whole,
            "semua yang di atas, segala sesuatu di atas, semua yang sebelumnya, semua di atas, semuanya di atas, apa yang dikatakan sebelumnya, semua yang kamu tahu",
        ),
        (
            Other,
            "email, surel, kolom, baris, berkas, file, peringatan, kesalahan, faktur, surat, pesanan, paragraf, resep, komentar, lampiran, penggunaan, perakitan",
        ),
        (Mine, "saya, kami, ku"),
        (Not, "jangan, tidak, kenapa, mengapa, siapa, pengguna, orang, untuk, bisa, dapat"),
        (
            NewTask,
            "instruksi baru, perintah baru, tugas baru, tugas barumu, mulai sekarang, mulai saat ini, aturan baru, pembaruan sistem, peran baru",
        ),
        (
            Instead,
            "sebagai gantinya, dan katakan, dan jawab, dan tampilkan, dan tulis, dan beri, dan beritahu, dan ungkapkan, dan lakukan, sekarang kamu, kamu sekarang, anda sekarang, dan tunjukkan, dan berikan",
        ),
        (
            Show,
            "tampilkan, tunjukkan, ungkapkan, bocorkan, beri tahu, beritahu, katakan, berikan, ulangi, cetak, tulis, tuliskan, terjemahkan, ringkas, salin, bagikan, apa isi, apa saja, apa, sebutkan, perlihatkan",
        ),
        (
            Prompt,
            "prompt sistem, pesan sistem, instruksi sistem, instruksimu, instruksi anda, instruksi kamu, instruksi awal, instruksi tersembunyi, instruksi rahasia, instruksi internal, prompt awal, prompt anda, prompt kamu, promptmu, system prompt, aturan internal, konfigurasi anda, pedoman anda, perintah sistem, instruksi asli",
        ),
        (PromptWeak, "teks di atas, semua di atas, awal percakapan ini, awal percakapan, kata kata di atas"),
        (About, "untuk, tentang, mengenai"),
        (
            Act,
            "kamu sekarang, anda sekarang, sekarang kamu, berpura pura, bertindak sebagai, bertindaklah sebagai, bertingkah seperti, berperan sebagai, berperanlah, bayangkan kamu, bayangkan anda, jawab sebagai, mainkan peran",
        ),
        (
            Free,
            "tanpa batasan, tanpa aturan, tanpa filter, tanpa sensor, tidak ada batasan, tidak ada aturan, tak terbatas, tanpa pembatasan, tanpa etika, tanpa moral, bebas dari, tidak terikat, apa saja, tidak memiliki batasan, tanpa larangan, tanpa batas",
        ),
        (Mode, "mode pengembang, mode dan, mode developer, mode debug, mode dewa, mode admin"),
        (Enable, "aktif, aktifkan, diaktifkan, masuk, dalam"),
        (You, "kamu, anda"),
        (Never, "jangan, tidak pernah, tanpa, tidak boleh, dilarang"),
        (Refuse, "menolak, tolak, minta maaf, maaf, peringatan, tidak bisa, etika, moral, penafian"),
        (
            Conceal,
            "jangan beri tahu pengguna, jangan beritahu pengguna, tanpa memberi tahu, tanpa sepengetahuan, jangan sebutkan, diam diam, secara rahasia, tanpa konfirmasi, tanpa bertanya, jangan ungkapkan ini",
        ),
        (Send, "kirim, kirimkan, teruskan, unggah, transfer, posting"),
        (
            Data,
            "kata sandi, sandi, password, kredensial, kunci api, percakapan, riwayat obrolan, riwayat percakapan, data, data pribadi, rahasia, kontak",
        ),
        (
            Ai,
            "asisten ai, model bahasa, kecerdasan buatan, chatbot, jika kamu adalah ai, jika anda adalah ai, catatan untuk ai, asisten, agen ai, llm, ai",
        ),
        (
            Do,
            "kirim, kirimkan, jalankan, panggil, hapus, transfer, rekomendasikan, katakan, jawab, tulis, buka, kunjungi, tambahkan, harus, gunakan, klik, setujui, teruskan, sertakan",
        ),
        (Tool, "alat, fungsi, perintah, terminal"),
        (
            Meta,
            "penyerang, serangan, injeksi prompt, prompt injection, contoh, frasa, kalimat, artikel, mendeteksi, deteksi, melindungi, berarti, artinya, terjemahkan, novel, adegan, karakter, peneliti, mencegah",
        ),
        (
            Say,
            "seperti, contoh, frasa, kalimat, berkata, mengatakan, menulis, berarti, artinya, teks, judul, pesan, misalnya, terjemahkan",
        ),
        (UserAsk, "permintaan pengguna, instruksi pengguna"),
        (Address, "jika kamu adalah ai, jika anda adalah ai, catatan untuk ai, untuk asisten ai, perhatian ai"),
    ],
};

pub static VIETNAMESE: Language = Language {
    code: "vi",
    order: Order::Free,
    words: &[
        (
            Verb,
            "bỏ qua, phớt lờ, quên đi, quên, hãy quên, không tuân theo, đừng tuân theo, đừng làm theo, không làm theo, vượt qua, ghi đè, gạt bỏ, bỏ mặc, không cần tuân, hủy bỏ, ngừng tuân theo, lờ đi",
        ),
        (
            Object,
            "hướng dẫn, chỉ dẫn, chỉ thị, lời nhắc, prompt, thông điệp hệ thống, câu lệnh hệ thống, lệnh, yêu cầu hệ thống, chỉ lệnh",
        ),
        (WeakObject, "quy tắc, mệnh lệnh, hạn chế, giới hạn, bộ lọc, chính sách, nguyên tắc, luật lệ, quy định"),
        (
            Prior,
            "trước đó, trước đây, ở trên, phía trên, trước, ban đầu, gốc, hệ thống, của bạn, đã cho, đã nhận, bên trên, được cung cấp, hiện có, nhà phát triển",
        ),
        (Every, "tất cả, mọi, toàn bộ, bất kỳ, các"),
        (
            Whole,
            "tất cả những gì ở trên, mọi thứ ở trên, mọi điều ở trên, tất cả những điều trên, mọi thứ trước đó, tất cả những gì đã nói, mọi thứ bạn biết",
        ),
        (
            Other,
            "email, thư, cột, hàng, tệp, cảnh báo, lỗi, hóa đơn, đơn hàng, đoạn văn, công thức, bình luận, sử dụng, lắp ráp",
        ),
        (Mine, "của tôi, tôi gửi, tôi đã gửi, chúng tôi"),
        (Not, "đừng, không nên, tại sao, ai, người dùng, để"),
        (
            NewTask,
            "hướng dẫn mới, chỉ dẫn mới, chỉ thị mới, nhiệm vụ mới, từ bây giờ, kể từ bây giờ, từ giờ, quy tắc mới, vai trò mới, bây giờ bạn là",
        ),
        (
            Instead,
            "thay vào đó, và nói, và trả lời, và hiển thị, và viết, và cho, và tiết lộ, và làm, bây giờ bạn là, và in, hãy nói, và chỉ",
        ),
        (
            Show,
            "hiển thị, cho tôi xem, cho tôi biết, tiết lộ, nói, lặp lại, in ra, viết ra, viết, dịch, tóm tắt, liệt kê, sao chép, chia sẻ, là gì, cho xem, đưa ra, trích dẫn, cung cấp",
        ),
        (
            Prompt,
            "lời nhắc hệ thống, prompt hệ thống, thông điệp hệ thống, hướng dẫn hệ thống, hướng dẫn của bạn, chỉ dẫn của bạn, chỉ thị của bạn, hướng dẫn ban đầu, hướng dẫn ẩn, hướng dẫn bí mật, chỉ thị hệ thống, system prompt, prompt của bạn, prompt ban đầu, câu lệnh hệ thống, quy tắc của bạn, hướng dẫn nội bộ, chỉ dẫn hệ thống, chỉ dẫn ban đầu",
        ),
        (PromptWeak, "văn bản ở trên, văn bản trên, mọi thứ ở trên, đầu cuộc trò chuyện, văn bản phía trên"),
        (About, "cho, về, để"),
        (
            Act,
            "bây giờ bạn là, giả vờ, đóng vai, hành động như, cư xử như, hãy tưởng tượng bạn, trả lời như, nhập vai, hãy là, từ giờ bạn là",
        ),
        (
            Free,
            "không có giới hạn, không giới hạn, không bị giới hạn, không có quy tắc, không hạn chế, không có hạn chế, không kiểm duyệt, không bị kiểm duyệt, không có bộ lọc, không bộ lọc, không đạo đức, thoát khỏi, bất cứ điều gì, không bị ràng buộc, không bị hạn chế, không có bất kỳ",
        ),
        (Mode, "chế độ nhà phát triển, chế độ dan, chế độ gỡ lỗi, chế độ quản trị, chế độ developer"),
        (Enable, "bật, kích hoạt, vào, chuyển sang, trong"),
        (You, "bạn"),
        (Never, "không bao giờ, đừng, không được, không, cấm"),
        (Refuse, "từ chối, xin lỗi, cảnh báo, đạo đức, không thể"),
        (
            Conceal,
            "đừng nói với người dùng, không nói với người dùng, không cho người dùng biết, đừng đề cập, không thông báo cho người dùng, bí mật, lén lút, mà không hỏi, không được tiết lộ điều này, đừng thông báo",
        ),
        (Send, "gửi, chuyển tiếp, tải lên, đăng, chuyển"),
        (
            Data,
            "mật khẩu, thông tin đăng nhập, khóa api, cuộc trò chuyện, lịch sử trò chuyện, dữ liệu, thông tin cá nhân, bí mật, danh bạ",
        ),
        (
            Ai,
            "trợ lý ai, mô hình ngôn ngữ, trí tuệ nhân tạo, chatbot, nếu bạn là ai, lưu ý cho ai, trợ lý, llm, mô hình ai",
        ),
        (
            Do,
            "gửi, chạy, gọi, xóa, chuyển khoản, đề xuất, nói, trả lời, viết, mở, truy cập, thêm, phải, sử dụng, nhấp, phê duyệt, chuyển tiếp, khuyên",
        ),
        (Tool, "công cụ, hàm, lệnh, terminal"),
        (
            Meta,
            "kẻ tấn công, tấn công, tin tặc, ví dụ, cụm từ, câu, bài viết, phát hiện, bảo vệ, nghĩa là, có nghĩa, dịch, tiểu thuyết, cảnh, nhân vật, nhà nghiên cứu, ngăn chặn",
        ),
        (Say, "như, ví dụ, cụm từ, câu, viết, nghĩa là, văn bản, tiêu đề, dịch, chẳng hạn"),
        (UserAsk, "yêu cầu của người dùng, chỉ dẫn của người dùng"),
        (Address, "nếu bạn là ai, lưu ý cho ai, gửi trợ lý ai, chú ý ai"),
    ],
};

pub static THAI: Language = Language {
    code: "th",
    order: Order::Free,
    words: &[
        (
            Verb,
            "เพิกเฉยต่อ, เพิกเฉย, ละเว้น, ลืม, ไม่ต้องสนใจ, อย่าสนใจ, ไม่ต้องทำตาม, อย่าทำตาม, ละทิ้ง, ข้าม, มองข้าม, ฝ่าฝืน, ไม่สนใจ, ยกเลิก",
        ),
        (Object, "คำสั่ง, คำแนะนำ, พรอมต์, พรอมท์, ข้อความระบบ, แนวทาง, คำชี้แจง"),
        (WeakObject, "กฎ, ข้อจำกัด, กฎเกณฑ์, ข้อกำหนด, นโยบาย"),
        (Prior, "ก่อนหน้า, ด้านบน, ข้างต้น, เดิม, เริ่มต้น, ระบบ, ของคุณ, ที่ได้รับ, ที่ผ่านมา"),
        (Every, "ทั้งหมด, ทุก, ใดๆ"),
        (Whole, "ทุกอย่างข้างต้น, ทุกอย่างก่อนหน้า, ทั้งหมดข้างต้น, ทุกอย่างด้านบน, ข้อความข้างต้น"),
        (Mine, "ของฉัน, ของผม, ของเรา"),
        (Not, "ทำไม, ใคร, อย่าลืม"),
        (NewTask, "คำสั่งใหม่, งานใหม่, จากนี้ไป, ตั้งแต่นี้, กฎใหม่, ตอนนี้คุณคือ"),
        (Instead, "แทน, และบอก, และแสดง, และพิมพ์, แล้วบอก, แล้วแสดง, ตอนนี้คุณคือ, และตอบ, แล้วตอบ, แล้วพิมพ์"),
        (Show, "แสดง, บอก, เปิดเผย, พิมพ์, ทำซ้ำ, เขียน, แปล, สรุป, คืออะไร, ขอดู, พูด"),
        (
            Prompt,
            "พรอมต์ระบบ, พรอมท์ระบบ, ข้อความระบบ, คำสั่งระบบ, คำสั่งของคุณ, คำสั่งเริ่มต้น, คำสั่งลับ, คำสั่งที่ซ่อน, system prompt, คำสั่งเดิม, คำแนะนำของคุณ",
        ),
        (Act, "ตอนนี้คุณคือ, แกล้งทำเป็น, ทำตัวเป็น, สวมบทบาท, สมมติว่าคุณ, แสดงเป็น, จินตนาการว่าคุณ"),
        (Free, "ไม่มีข้อจำกัด, ไม่มีกฎ, ไร้ข้อจำกัด, ไม่มีการเซ็นเซอร์, ไม่มีขีดจำกัด, ไม่ถูกจำกัด, ไม่มีตัวกรอง"),
        (Meta, "ผู้โจมตี, การโจมตี, ตัวอย่าง, วลี, บทความ, ตรวจจับ, หมายความ, แปลว่า, นิยาย"),
        (Say, "เช่น, ตัวอย่าง, วลี, ประโยค, หมายความ, ข้อความว่า"),
    ],
};
