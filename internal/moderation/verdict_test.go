package moderation

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// builtinWords is the list that is built in.
func builtinWords(t testing.TB) *Words {
	t.Helper()
	words, err := ParseWords("words", BuiltinWords())
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// named are persons of whom a review tells the names alone.
func named(names ...string) *Persons { return &Persons{Names: names} }

// found are the pieces of a remark that were found, with their kinds.
func found(remark string, v Verdict) []string {
	runes := []rune(remark)
	pieces := []string{}
	for _, f := range v.Findings {
		pieces = append(pieces, f.Kind.String()+" "+string(runes[f.From:f.To]))
	}
	return pieces
}

// What identifies a person is found in whatever dress (domain.md 8).
func TestFindings(t *testing.T) {
	for _, tt := range []struct{ name, remark, want string }{
		{"mobile", "请打13800138000给我", "手机号码 13800138000"},
		{"at the end", "电话13912345678", "手机号码 13912345678"},
		{"with spaces", "138 0013 8000", "手机号码 138 0013 8000"},
		{"with dashes", "138-0013-8000。", "手机号码 138-0013-8000"},
		{"with a space between all", "1 3 8 0 0 1 3 8 0 0 0", "手机号码 1 3 8 0 0 1 3 8 0 0 0"},
		{"with punctuation", "1.3.8，0013/8000", "手机号码 1.3.8，0013/8000"},
		{"over a line", "13800\n138000", "手机号码 13800\n138000"},
		{"full width", "１３８００１３８０００", "手机号码 １３８００１３８０００"},
		{"Chinese digits", "一三八零零一三八零零零", "手机号码 一三八零零一三八零零零"},
		{"as on the telephone", "电话幺三八〇〇幺三八〇〇〇哦", "手机号码 幺三八〇〇幺三八〇〇〇"},
		{"formal digits", "壹叁捌零零壹叁捌零零零", "手机号码 壹叁捌零零壹叁捌零零零"},
		{"circled", "①③⑧⓪⓪①③⑧⓪⓪⓪", "手机号码 ①③⑧⓪⓪①③⑧⓪⓪⓪"},
		{"mixed", "1三⑧ 零零１3八—000", "手机号码 1三⑧ 零零１3八—000"},
		{"keycaps", "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "手机号码 1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0"},
		{"invisible between", "138\u200b0013\u200b8000", "手机号码 138\u200b0013\u200b8000"},
		{"mathematical", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "手机号码 𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎"},
		{"with the country", "+86 13800138000", "手机号码 86 13800138000"},
		{"country without plus", "8613800138000", "手机号码 8613800138000"},
		{"two", "13800138000或13900139000", "手机号码 13800138000;手机号码 13900139000"},
		{"two with a space", "13800138000 13900139000", "手机号码 13800138000;手机号码 13900139000"},
		{"behind its label", "tel13800138000", "手机号码 13800138000"},

		{"dressed as a day", "1900\u200b01\u200b01\u200b000，138-1990-01-01", "手机号码 1900\u200b01\u200b01\u200b000;手机号码 138-1990-01-01"},
		{"dressed as a list", "13 14 15 16 170", "手机号码 13 14 15 16 170"},
		{"fixed line", "020-83120000", "固定电话 020-83120000"},
		{"fixed line in brackets", "(0755)8210 1234", "固定电话 0755)8210 1234"},
		{"fixed line of seven", "0668-2812345", "固定电话 0668-2812345"},
		{"fixed line in a row", "02083120000", "固定电话 02083120000"},
		{"without the area", "我家电话83120000，谢谢", "固定电话 83120000"},
		{"Hong Kong", "+852 9123 4567", "固定电话 852 9123 4567"},

		{"certificate", "身份证44010119900307123X", "身份证号码 44010119900307123X"},
		{"certificate in digits", "11010519491231002X和440524188001010014", "身份证号码 11010519491231002X"},
		{"certificate with spaces", "110105 19491231 002 x", "身份证号码 110105 19491231 002 x"},
		{"certificate full width", "１１０１０５１９４９１２３１００２Ｘ", "身份证号码 １１０１０５１９４９１２３１００２Ｘ"},
		{"certificate of the first generation", "老证号440524800101001", "身份证号码 440524800101001"},
		{"certificate in Chinese digits", "一一零一零五一九四九一二三一零零二X", "身份证号码 一一零一零五一九四九一二三一零零二X"},

		{"bank card", "卡号6222020200112230905", "银行卡号 6222020200112230905"},
		{"bank card in fours", "卡号6222 0210 0112 2337。", "银行卡号 6222 0210 0112 2337"},
		{"Visa", "4111 1111 1111 1111", "银行卡号 4111 1111 1111 1111"},
		{"bank card in Chinese digits", "六二二二零二一零零一一二二三三七", "银行卡号 六二二二零二一零零一一二二三三七"},

		{"e-mail", "发到zhang.san@example.com吧", "电子邮箱 zhang.san@example.com"},
		{"e-mail full width", "ｚｓ＠ｑｑ．ｃｏｍ", "电子邮箱 ｚｓ＠ｑｑ．ｃｏｍ"},
		{"e-mail with spaces", "12345 @ qq . com", "电子邮箱 12345 @ qq . com"},

		{"WeChat", "加我微信abc_12345", "微信号、QQ 号 abc_12345"},
		{"WeChat said to be", "微信号：zhangsan", "微信号、QQ 号 zhangsan"},
		{"WeChat in letters", "VX: zs880123", "微信号、QQ 号 zs880123"},
		{"QQ", "QQ 1234567", "微信号、QQ 号 1234567"},
		{"QQ in Chinese", "扣扣是一二三四五六七", "微信号、QQ 号 一二三四五六七"},
		{"QQ with spaces", "QQ号12 34 567，谢谢", "微信号、QQ 号 12 34 567"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []string{}
			if tt.want != "" {
				want = strings.Split(tt.want, ";")
			}
			if diff := cmp.Diff(want, found(tt.remark, Check(tt.remark, nil, nil))); diff != "" {
				t.Errorf("%s: %s", tt.remark, diff)
			}
		})
	}
}

// What only looks like it is left alone.
func TestOrdinaryNumbersAreLeftAlone(t *testing.T) {
	words := builtinWords(t)
	for _, remark := range []string{
		"2026-11-28 14:05:09到的，2026.11.28办好",
		"20261128140509",
		"18:30-19:30在3号窗口，等了112分钟",
		"罚款15,300,000,000元", "共13,800,138,000元", "0.2012345678",
		"办件编号11440106007482532N344201200100012202606100001",
		"11440100007502345630001001001000202611280001",
		"事项编码11440100007502345630001001001000",
		"业务流水号202611281234567", "受理号4401062026112800012", "卡号6222020200112230906",
		"窗口1、3、5、7、9、11、13、15都没人", "第1,2,3,4,5,6,7,8,9,10,11项",
		"192.168.100.10打不开", "拨打12345", "打了400-830-0000", "邮编510000",
		"三十五分钟办好，一二三四步都清楚", "一二三四五六七八九十", "二〇二六年十一月二十八日", "二零二六年一一月二八号",
		"A13800138000B", "GD13800138000", "1380013800012",
		"微信支付不了20000元", "微信公众号很好用", "微信小程序wechat打不开", "QQ群没人回", "联系日期2026-11-28", "电话20261128打过",
		"@工作人员", "a@b", "3@4.5", "👍👍👍", "",
		"来回跑了3次，排队2小时，100%满意", "从2019到2024年每年5次共25次", "110 119 120 122 都是急救",
	} {
		if v := Check(remark, named("李四"), words); v.Decision != Publish {
			t.Errorf("%s: got %q", remark, found(remark, v))
		}
	}
}

// Names are those that were given; the first character of a Chinese one stays (domain.md 8: 张*).
func TestNames(t *testing.T) {
	for _, tt := range []struct{ remark, name, want string }{
		{"陈志强态度差", "陈志强", "陈**态度差"},
		{"陈 志 强态度差", "陈志强", "陈****态度差"},
		{"陳志強态度差", "陈志强", "陳**态度差"},
		{"陈志，强", "陈志强", "陈志，强"},
		{"Tom Lee 很好", "Tom Lee", "******* 很好"},
		{"Tomato", "Tom", "Tomato"},
		{"陆三说63元", "陆三", "陆*说63元"},
		{"王", "王", "王"},
		{"你好", "", "你好"},
	} {
		if got := Mask(tt.remark, Check(tt.remark, named(tt.name), nil).Findings); got != tt.want {
			t.Errorf("%s in %s: got %s, want %s", tt.name, tt.remark, got, tt.want)
		}
	}
	if got := Check("张三", named(slices.Repeat([]string{"李四"}, 100)...), nil).Decision; got != Publish {
		t.Errorf("got %v", got)
	}
}

func TestMask(t *testing.T) {
	const remark = "电话138 0013 8000，办得慢"
	v := Check(remark, nil, nil)
	if got, want := Mask(remark, v.Findings), "电话*************，办得慢"; got != want || v.Decision != MaskIt {
		t.Errorf("got %s, %v; want %s", got, v.Decision, want)
	}
}
