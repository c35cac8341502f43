package moderation

import (
	"slices"
	"strings"
	"testing"
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
	for _, seed := range []string{"138 0013 8000", "一三八零零一三八零零零", "a@b.cn", "微信号：abc_123", "11010519491231002X", "\xff1", "傻 逼", "張三", "①②③", "1️⃣"} {
		f.Add(seed, "张三")
	}
	words := builtinWords(f)
	policy, err := NewPolicy(Before)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remark, name string) {
		holdVerdict(t, remark, Check(remark, []string{name}, words))
		p := policy.Judge(remark, name)
		if shown := p.Shown(remark); p.State != Published && shown == remark && shown != "" && p.State != Masked {
			t.Errorf("%q is shown as %q in state %v", remark, shown, p.State)
		}
	})
}

// A mobile number is found whatever its digits are dressed in and whatever stands between them, and none of it is left.
func TestDressedNumbersAreFound(t *testing.T) {
	dresses := map[rune][]rune{
		'0': []rune("0０零〇⓪₀"), '1': []rune("1１一壹幺①❶"), '2': []rune("2２二贰②"), '3': []rune("3３三叁③⑶"), '4': []rune("4４四肆④"),
		'5': []rune("5５五伍⑤"), '6': []rune("6６六陆⑥"), '7': []rune("7７七柒⑦"), '8': []rune("8８八捌⑧"), '9': []rune("9９九玖⑨"),
	}
	rapid.Check(t, func(t *rapid.T) {
		number := "1" + rapid.StringMatching("[3-9][0-9]{9}").Draw(t, "number")
		gaps := rapid.SampledFrom([][]string{{""}, {" "}, {"", " "}, {"", "", "-", "　"}, {".", " . "}, {"", "\u200b"}}).Draw(t, "gaps")
		var dressed strings.Builder
		for i, r := range number {
			if i > 0 {
				dressed.WriteString(rapid.SampledFrom(gaps).Draw(t, "gap"))
			}
			dressed.WriteRune(rapid.SampledFrom(dresses[r]).Draw(t, "dress"))
		}
		remark := rapid.SampledFrom([]string{"", "打", "我的电话："}).Draw(t, "before") + dressed.String() +
			rapid.SampledFrom([]string{"", "吧", "，谢谢"}).Draw(t, "after")
		v := Check(remark, nil, nil)
		holdVerdict(t, remark, v)
		if masked := Mask(remark, v.Findings); strings.ContainsAny(masked, number) || len(v.Findings) == 0 {
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
	pieces := []string{"1", "13", "38", "0", "8000", "八", "①", " ", "-", ".", "，", ":", "\n", "@", "qq", "com", "x", "微信", "号", "张", "三", "贪", "污", "电话", "20", "2026", "*"}
	rapid.Check(t, func(t *rapid.T) {
		remark := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
		holdVerdict(t, remark, Check(remark, []string{"张三"}, words))
		// What is shown holds nothing.
		p := policy.Judge(remark, "张三")
		shown := p.Shown(remark)
		if again := Check(shown, []string{"张三"}, words); again.Decision != Publish {
			t.Errorf("%q: %q is shown, which holds %v", remark, shown, again.Findings)
		}
	})
}

func TestLongRemarksTakeTheirTime(t *testing.T) {
	for _, piece := range []string{"1 3", "8", "@a.", "微信", "张", "1,", "傻"} {
		remark := strings.Repeat(piece, 20_000/len(piece))
		holdVerdict(t, remark, Check(remark, []string{strings.Repeat("张", 50)}, builtinWords(t)))
	}
}

func BenchmarkJudge(b *testing.B) {
	policy, err := NewPolicy(Before)
	if err != nil {
		b.Fatal(err)
	}
	for name, remark := range map[string]string{
		"nothing": "", "short": "办事很快，工作人员很耐心，谢谢！",
		"number": "材料清单和现场要求的不一致，来回跑了三次，请回电138-0013-8000。",
		"150":    strings.Repeat("排队时间不长，整体满意，20分钟", 10),
		"1000":   strings.Repeat("排队时间不长，整体满意，1 3 8 0", 50),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				policy.Judge(remark, "张三", "陈志强")
			}
		})
	}
}
