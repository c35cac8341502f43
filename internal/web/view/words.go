package view

import "strings"

// words are the texts of the pages: Chinese and English.
var words = map[string][2]string{
	"lang":      {"zh-CN", "en"},
	"other":     {"en", "zh"},
	"otherlang": {"en", "zh-CN"},
	"othername": {"English", "中文"},

	"site":   {"政务服务好差评", "Service ratings"},
	"skip":   {"跳到正文", "Skip to content"},
	"test":   {"测试环境 · 这里的评价不作数", "Test environment · nothing here counts"},
	"tools":  {"显示设置", "Display settings"},
	"large":  {"大字版", "Large text"},
	"normal": {"标准版", "Normal text"},
	"mine":   {"我的评价", "My reviews"},
	"lookup": {"查询我的评价", "Look up a review"},
	"logout": {"退出登录", "Log out"},

	"kept":        {"您刚才填写的内容已经保留，请核对后提交。", "What you wrote was kept. Please check it and submit."},
	"where":       {"您在评价", "You are rating"},
	"officer":     {"工作人员", "Served by"},
	"demo":        {"演示登录", "Demo login"},
	"demo note":   {"这是演示，不核对身份，人物均为虚构。", "This is a demo. Nobody's identity is checked, and nobody here is real. "},
	"demo who":    {"请选择以谁的身份评价：", "Who would you like to be?"},
	"choose star": {"请先点一颗星", "Please tap a star first"},
	"tap":         {"点一颗星，说说您的感受", "Tap a star to say how it was"},
	"whygood":     {"哪里做得好？", "What went well?"},
	"whybad":      {"哪里做得不好？", "What went wrong?"},
	"optional":    {"（选填）", " (optional)"},
	"more":        {"更多", "More"},
	"remark":      {"还想说点什么", "Anything else to say"},
	"most":        {"最多150字", "At most 150 characters"},
	"too long":    {"最多150字，请删减一些。", "Please keep it within 150 characters."},
	"unreached":   {"网络不通，没有收到提交成功的确认。请稍后再点一次提交，不会重复计入。", "There is no connection, and nobody has said that it was stored. Please submit once more in a moment: it counts once."},
	"send":        {"提交评价", "Submit"},
	"promise":     {"您的评价不会透露给被评价人", "The person you rate never learns that it was you"},

	"thanks":   {"感谢您的评价", "Thank you"},
	"again":    {"您已评价过", "You have rated this already"},
	"yours":    {"您的评价", "Your review"},
	"receipt":  {"回执码", "Receipt code"},
	"copy":     {"复制", "Copy"},
	"copied":   {"已复制", "Copied"},
	"selected": {"已选中，请复制", "Selected, please copy"},
	"keep":     {"截图保存，凭回执码可随时查看处理结果。", "Take a screenshot: with this code you can see at any time what came of it."},
	"serial":   {"流水号", "Serial number"},

	"answered":    {"已收到您的答复，谢谢。", "Thank you, your answer has been stored."},
	"how far":     {"处理进展", "How far it has come"},
	"dealt well":  {"您对处理结果满意吗？", "Are you satisfied with how it was dealt with?"},
	"what wrong":  {"哪里不满意", "What is not good"},
	"when not":    {"选“不满意”时请填写，最多500字", "Please fill in if you are not satisfied; at most 500 characters"},
	"satisfied":   {"满意", "Satisfied"},
	"unsatisfied": {"不满意", "Not satisfied"},
	"still wrong": {"仍不满意，要求重新处理", "Still not good? Have it taken up again"},
	"why again":   {"请写明还有什么问题，最多500字", "Please say what is still wrong; at most 500 characters"},
	"reopen":      {"要求重新处理", "Take it up again"},

	"unreadable":   {"您写的内容暂时打不开，星级和标签照常计入统计。", "What you wrote can't be opened at the moment. Your stars and tags count as before."},
	"older":        {"更早的评价", "Older reviews"},
	"none":         {"您还没有评价。办完事扫一扫窗口的二维码，就可以评价。", "You have not rated anything yet. Scan the code at a counter after your visit."},
	"form of code": {"12位字母和数字，如7K3M-9QXW-2PFA", "12 letters and digits, such as 7K3M-9QXW-2PFA"},
	"open":         {"查看", "Show"},
	"loginmine":    {"登录查看我的全部评价", "Log in to see all my reviews"},
	"choose":       {"请选择要评价的内容", "What would you like to rate?"},
	"service":      {"窗口服务", "The service at this counter"},
	"servicehint":  {"评价这个窗口今天的服务", "How you were served here today"},
}

// tagsInEnglish are the national tags (domain.md 6) for English pages.
var tagsInEnglish = map[string]string{
	"510": "All done at one counter, in one visit", "511": "Accepted first, papers handed in later", "512": "No certificates asked for",
	"513": "Can be done online from start to end", "514": "Can be done on a phone", "515": "Can be done close to home",
	"516": "No papers needed at all", "517": "Warm and efficient service",
	"406": "One form was enough", "407": "Sent online, checked at the counter", "408": "One list named all the papers",
	"409": "A signed promise replaced papers", "410": "Appointments can be booked online", "411": "Done in one visit to the hall",
	"412": "Self-service machines can do it", "413": "Good service",
	"307": "Told once what was missing", "308": "Samples of the papers were given", "309": "Done within the promised time",
	"310": "The guide was accurate", "311": "The papers named in the guide were enough", "312": "Result can be sent by courier",
	"313": "As many visits as promised", "314": "Service was average",
	"207": "No samples of the papers", "208": "No list of the papers", "209": "Not done within the promised time",
	"210": "The same proof was asked for again and again", "211": "Promised online, but could not be done there",
	"212": "Booked online, yet had to queue again", "213": "Staff did not know the work", "214": "Staff were curt",
	"108": "Conditions beyond the guide were added", "109": "Papers beyond the guide were demanded", "110": "Over the legal time without a reason",
	"111": "The guide's samples were wrong", "112": "Papers promised to be taken online were not", "113": "Sent from counter to counter",
	"114": "More visits than promised", "115": "Bad manners and slow work",
}

// StarWords are the words of 1 to 5 stars in a language.
func StarWords(language Language) [5]string {
	if language == English {
		return [5]string{"Very poor", "Poor", "Fair", "Good", "Very good"}
	}
	return [5]string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}
}

// WordParts splits a word where a line may break: 非常不满意 is never cut into 非常不满 and 意.
func WordParts(word string) []string {
	for _, degree := range []string{"非常", "基本"} {
		if rest, found := strings.CutPrefix(word, degree); found {
			return []string{degree, rest}
		}
	}
	return []string{word}
}

// TagName is a tag's name in a language; chinese is what it is called in the registry.
func TagName(language Language, id, chinese string) string {
	if english, ok := tagsInEnglish[id]; ok && language == English {
		return english
	}
	return chinese
}

// Word is a text of the pages in a language.
func Word(language Language, key string) string { return words[key][language] }
