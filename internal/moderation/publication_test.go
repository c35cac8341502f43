package moderation

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// Moderation happens before publication.
func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		mode   Mode
		remark string
		state  State
		shown  string
	}{
		{Before, "", Published, ""},
		{Before, "很好", Published, "很好"},
		{Before, "电话13800138000", Masked, "电话***********"},
		{Before, "44010119900307123X13800138000", Masked, strings.Repeat("*", 29)},
		{Before, "张三很好", Masked, "张*很好"},
		{Before, "他们受贿", Waiting, ""},
		{Before, "他们受贿，电话13800138000", Waiting, ""},
		{Before, strings.Repeat("好", MaxRemark), Published, strings.Repeat("好", MaxRemark)},
		{Before, strings.Repeat("好", MaxRemark+1), Waiting, ""},
		{Strict, "", Published, ""},
		{Strict, "很好", Waiting, ""},
		{Strict, "电话13800138000", Waiting, ""},
		{OffPublication, "很好", Published, "很好"}, // shown nowhere all the same: Publishes
	} {
		policy, err := NewPolicy(tt.mode)
		if err != nil {
			t.Fatal(err)
		}
		p := policy.Judge(tt.remark, named("张三"))
		if got := p.Shown(tt.remark); p.State != tt.state || got != tt.shown {
			t.Errorf("%s: %.20s: got %v, %.20s; want %v, %.20s", tt.mode, tt.remark, p.State, got, tt.state, tt.shown)
		}
		if policy.Publishes() != (tt.mode != OffPublication) {
			t.Errorf("%s publishes: %v", tt.mode, policy.Publishes())
		}
	}
}

// What stands apart before masking and is a number after it is masked, too.
func TestJudgeLooksAgain(t *testing.T) {
	policy, err := NewPolicy(Before)
	if err != nil {
		t.Fatal(err)
	}
	words, err := ParseWords("words", "呵呵 遮盖")
	if err != nil {
		t.Fatal(err)
	}
	policy.Use(words)
	const remark = "1380013呵呵8000"
	if got := policy.Judge(remark, nil); got.State != Masked || got.Shown(remark) != strings.Repeat("*", 13) {
		t.Errorf("got %+v", got)
	}
}

func TestOnlyWhatIsDecidedIsShown(t *testing.T) {
	for state, want := range map[State]string{Unchecked: "", Published: "一二三", Masked: "一*三", Waiting: "", Withheld: "", 9: ""} {
		if got := (Publication{State: state, Spans: Spans{{1, 2}}}).Shown("一二三"); got != want {
			t.Errorf("%v: got %q, want %q", state, got, want)
		}
	}
}

// Numbers are looked for in the order in which they are written; in no other may they be shown.
func TestShownIsNotTurnedRound(t *testing.T) {
	for _, remark := range []string{"打\u202e00083100831\u202c找我", "号\u202e432110100991001044", "\u2067A\u2069"} {
		for _, state := range []State{Published, Masked} {
			if got := (Publication{State: state}).Shown(remark); strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
				t.Errorf("%v: got %q", state, got)
			}
		}
	}
}

func TestParseSpans(t *testing.T) {
	for text, want := range map[string]Spans{
		"1-3": {{1, 3}}, "5-6,1-3": {{1, 3}, {5, 6}}, "1-3,2-5,5-6": {{1, 6}},
		"3-1": nil, "1": nil, "-1-3": nil, "1-1": nil, "a-b": nil, "1-2,": nil, strings.Repeat("1-2,", 2000) + "1-2": nil,
	} {
		if got, err := ParseSpans(""); got != nil || err != nil {
			t.Errorf("nothing: %v, %v", got, err)
		}
		got, err := ParseSpans(text)
		if (err != nil) != (want == nil) {
			t.Errorf("%.20q: %v", text, err)
		} else if diff := cmp.Diff(want, got); want != nil && diff != "" {
			t.Errorf("%.20q: %s", text, diff)
		}
	}
}
