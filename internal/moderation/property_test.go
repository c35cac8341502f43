package moderation

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// holdVerdict says what is true of the verdict on any remark.
func holdVerdict(t interface {
	Helper()
	Errorf(format string, args ...any)
}, remark string, v Verdict,
) {
	t.Helper()
	length := len([]rune(remark))
	for i, f := range v.Findings {
		if f.From < 0 || f.From >= f.To || f.To > length || f.Kind < Mobile || f.Kind > Word {
			t.Errorf("%q: finding %+v is out of range", remark, f)
		}
		if i > 0 && v.Findings[i-1].From > f.From {
			t.Errorf("%q: findings are not in order: %v", remark, v.Findings)
		}
	}
	if (v.Decision == Publish) != (len(v.Findings) == 0) {
		t.Errorf("%q: %v with %d findings", remark, v.Decision, len(v.Findings))
	}
	masked := Mask(remark, v.Findings)
	if utf8.ValidString(remark) && (len([]rune(masked)) != length || !utf8.ValidString(masked)) {
		t.Errorf("%q: masked it is %q", remark, masked)
	}
	if twice := Mask(masked, v.Findings); twice != masked {
		t.Errorf("%q: masked twice it is %q, once %q", remark, twice, masked)
	}
	spans := SpansOf(v.Findings)
	if read, err := ParseSpans(spans.String()); err != nil || !slices.Equal(read, spans) {
		t.Errorf("%q: spans %q are read as %v, %v", remark, spans, read, err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"138 0013 8000", "一三八零零一三八零零零", "a@b.cn", "微信号：abc_123", "11010519491231002X", "1380013800013900139000", "138001380001390013900013700137000", "44010619900307123", "440100 19900101 1234", "证号 94484019900101123x", "护照ＥA 123-4567", "H1234567890",
		"台胞证0123456789(A)", "军官证南字第01234567号", "受理号S12345678", "138OO138OOO", "138然后0013再8000", "\xff1", "傻 逼", "張三", "①②③", "1️⃣",
	} {
		f.Add(seed, "张三")
	}
	words := builtinWords(f)
	policy, err := NewPolicy(Before)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][2]string{
		{"我的身份证440100199001011234", "440100199001011234"},
		{"护照ｅ 1234-5678", "E12345678"},
		{"020-83120000转1", "02083120000"},
		{"00000000", "00000000"},
		{"a123456(7)", "A1234567"},
		{"军字第1234567号", "军字第1234567号"},
		{strings.Repeat("1", 100), strings.Repeat("1", 50) + "2"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, remark, own string) {
		persons := &Persons{Names: []string{own}, Numbers: []string{own}}
		holdVerdict(t, remark, Check(remark, persons, words))
		p := policy.Judge(remark, persons)
		if shown := p.Shown(remark); p.State != Published && shown == remark && shown != "" && p.State != Masked {
			t.Errorf("%q is shown as %q in state %v", remark, shown, p.State)
		}
	})
}

// dresses are what a digit may be written as.
var dresses = map[rune][]rune{
	'0': []rune("0０零〇⓪₀"), '1': []rune("1１一壹幺①❶"), '2': []rune("2２二贰②"), '3': []rune("3３三叁③⑶"), '4': []rune("4４四肆④"),
	'5': []rune("5５五伍⑤"), '6': []rune("6６六陆⑥"), '7': []rune("7７七柒⑦"), '8': []rune("8８八捌⑧"), '9': []rune("9９九玖⑨"),
}

// dressed draws how somebody may write a number.
func dressed(t *rapid.T, number string) string {
	gaps := rapid.SampledFrom([][]string{{""}, {" "}, {"", " "}, {"", "", "-", "　"}, {".", " . "}, {"", "\u200b"}, {"", "      ", "----"}, {"\u200b\u0301\u200d\u0302\ufe0f"}}).Draw(t, "gaps")
	var text strings.Builder
	for i, r := range number {
		if i > 0 {
			text.WriteString(rapid.SampledFrom(gaps).Draw(t, "gap"))
		}
		dress := dresses[r]
		if dress == nil {
			dress = []rune{r, unicode.ToLower(r), r - 'A' + 'Ａ'}
		}
		text.WriteRune(rapid.SampledFrom(dress).Draw(t, "dress"))
	}
	return text.String()
}

// Mobile numbers are found whatever their digits are dressed in and whatever stands between them, and none of them is left.
func TestDressedNumbersAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching("(1[3-9][0-9]{9}){1,3}").Draw(t, "numbers, one after the other")
		remark := rapid.SampledFrom([]string{"", "打", "我的电话："}).Draw(t, "before") + dressed(t, number) +
			rapid.SampledFrom([]string{"", "吧", "，谢谢"}).Draw(t, "after")
		v := Check(remark, nil, nil)
		holdVerdict(t, remark, v)
		if masked := Mask(remark, v.Findings); strings.ContainsAny(masked, number) || len(v.Findings) == 0 {
			t.Errorf("%q: masked it is %q", remark, masked)
		}
	})
}

// A resident's number is found in any dress, whatever its check is, with its last digit or without.
func TestDressedCertificatesAreFound(t *testing.T) {
	regions := strings.Fields(provinces)
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 46_000).Draw(t, "born"))
		number := rapid.SampledFrom(regions).Draw(t, "region") + rapid.StringMatching("[0-9]{4}").Draw(t, "county") + born.Format("20060102") +
			rapid.StringMatching("[0-9]{3}[0-9X]?").Draw(t, "order")
		remark := rapid.SampledFrom([]string{"", "我是", "身份证："}).Draw(t, "before") + dressed(t, number) + rapid.SampledFrom([]string{"", "吧", "，谢谢"}).Draw(t, "after")
		v := Check(remark, nil, nil)
		holdVerdict(t, remark, v)
		if masked := Mask(remark, v.Findings); strings.ContainsAny(masked, number) || len(v.Findings) == 0 {
			t.Errorf("%q: masked it is %q", remark, masked)
		}
	})
}

// What the review itself tells is found in any dress and wherever it stands, and what is around it stays.
func TestOnesOwnNumbersAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching("[A-Z]{0,2}[0-9]{8,18}X?").Filter(func(s string) bool { return !saysNothing([]rune(s)) }).Draw(t, "number")
		before := rapid.SampledFrom([]string{"", "我的", "A", "7", "证："}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", "吧", "，谢谢", "7", "Z"}).Draw(t, "after")
		remark := before + dressed(t, number) + after
		v := Check(remark, &Persons{Numbers: []string{number}}, nil)
		holdVerdict(t, remark, v)
		n := len([]rune(remark))
		if masked := Mask(remark, v.Findings); !strings.HasSuffix(masked, strings.Repeat("*", n-len([]rune(before))-len([]rune(after)))+after) &&
			!strings.HasPrefix(masked, before+strings.Repeat("*", n-len([]rune(before))-len([]rune(after)))) {
			t.Errorf("%q: masked it is %q", remark, masked)
		}
	})
}

// Any remark of such characters keeps the rules.
func TestVerdicts(t *testing.T) {
	words := builtinWords(t)
	policy, err := NewPolicy(Before)
	if err != nil {
		t.Fatal(err)
	}
	pieces := []string{"1", "13", "38", "0", "8000", "八", "①", " ", "-", ".", "，", ":", "\n", "@", "qq", "com", "x", "微信", "号", "张", "三", "贪", "污", "电话", "20", "2026", "*", "440100", "199001", "证", "护照", "E1234", "5678", "号", "O", "l", "洞", "然后", "138"}
	rapid.Check(t, func(t *rapid.T) {
		remark := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
		holdVerdict(t, remark, Check(remark, named("张三"), words))
		// What is shown holds nothing.
		p := policy.Judge(remark, named("张三"))
		shown := p.Shown(remark)
		if again := Check(shown, named("张三"), words); again.Decision != Publish {
			t.Errorf("%q: %q is shown, which holds %v", remark, shown, again.Findings)
		}
	})
}

func TestLongRemarksTakeTheirTime(t *testing.T) {
	for _, piece := range []string{"1 3", "8", "@a.", "微信", "张", "1,", "傻", "E1", "E 1", "E1234567 ", "证1", "证号1 ", "44 ", "护照1 2", "440100199001", "1\u0301", "8    ", "1-1        ", "13800138000", "138001380011 ", "1o", "l", "138再", "138然后再空", "两洞1", "a艾特", "a at qq点", "(a)@qq"} {
		remark := strings.Repeat(piece, 20_000/len(piece))
		persons := &Persons{Names: []string{strings.Repeat("张", 50)}, Numbers: []string{strings.Repeat("8", 60) + "9", strings.Repeat("13", 30) + "2"}}
		holdVerdict(t, remark, Check(remark, persons, builtinWords(t)))
	}
}

func BenchmarkJudge(b *testing.B) {
	policy, err := NewPolicy(Before)
	if err != nil {
		b.Fatal(err)
	}
	persons := &Persons{Names: []string{"张三", "陈志强"}, Numbers: []string{"440100199001011234", "13800138000", "u1001"}}
	for name, remark := range map[string]string{
		"nothing": "", "short": "办事很快，工作人员很耐心，谢谢！",
		"number": "材料清单和现场要求的不一致，来回跑了三次，请回电138-0013-8000。",
		"150":    strings.Repeat("排队时间不长，整体满意，20分钟", 10),
		"1000":   strings.Repeat("排队时间不长，整体满意，1 3 8 0", 50),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				policy.Judge(remark, persons)
			}
		})
	}
}
