package moderation

// simplified gives traditional characters their simplified form: those that complaints, names and the word list are written with
// most. It needs not be whole: what it does not know is only less tolerant.
var simplified = pairs(
	"這这個个們们來来時时說说國国會会為为學学過过後后還还裡里裏里無无問问與与從从開开對对發发動动點点現现經经長长樣样頭头體体當当實实關关機机" +
		"書书電电話话號号碼码聯联繫系係系務务辦办證证處处員员門门廳厅廣广東东區区縣县鄉乡鎮镇張张陳陈劉刘黃黄趙赵吳吴孫孙馬马羅罗鄭郑謝谢許许鄧邓馮冯" +
		"蔣蒋葉叶餘余蘇苏盧卢賴赖譚谭鄒邹陸陆錢钱湯汤賈贾顧顾龍龙萬万賀贺龔龚嚴严閻阎鍾钟紀纪歐欧陽阳" +
		"貪贪賄贿賂赂賭赌騙骗殺杀氣气壞坏垃垃圾圾傻傻瞎瞎滾滚廢废賤贱豬猪腦脑殘残媽妈爺爷孃娘親亲詐诈飯饭藥药槍枪彈弹毒毒爆爆" +
		"錢钱財财貨货買买賣卖價价費费費费獎奖項项銀银帳账賬账戶户貸贷轉转帶带給给請请讓让認认識识講讲應应該该選选總总統统黨党軍军" +
		"領领導导幹干部部權权責责罰罚報报復复舉举檢检訴诉訟讼審审議议論论評评價价差差級级優优劣劣態态度度熱热線线網网絡络頁页" +
		"加加微微信信薇薇衛卫星星扣扣企企鵝鹅郵邮箱箱衹只幾几歲岁間间隻只雙双邊边進进遠远運运達达遲迟連连錯错鐵铁鐘钟靈灵飛飞驗验驚惊鬥斗鬧闹亂乱爛烂" +
		"臟脏髒脏喪丧蠢蠢懶懒憤愤憑凭慣惯屬属島岛嶺岭師师帥帅幣币庫库彎弯強强歸归異异棄弃嚇吓團团園园圖图塊块墳坟奪夺婦妇寫写尋寻專专將将層层",
)

// pairs reads pairs of characters.
func pairs(text string) map[rune]rune {
	table := map[rune]rune{}
	runes := []rune(text)
	for i := 0; i+1 < len(runes); i += 2 {
		if runes[i] != runes[i+1] {
			table[runes[i]] = runes[i+1]
		}
	}
	return table
}
