package moderation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	words, err := ParseWords("words", "# 说明\n坏蛋\n坏蛋东西 # 更长\n小气 遮盖\r\nSB\n贪污\n\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		remark, want string
		decision     Decision
	}{
		{"你是坏蛋", "你是**", Withhold},
		{"坏 蛋", "***", Withhold},
		{"坏*-蛋", "****", Withhold},
		{"壞蛋", "**", Withhold},
		{"坏，蛋", "坏，蛋", Publish},
		{"坏\n蛋", "坏\n蛋", Publish},
		{"坏蛋东西", "****", Withhold},
		{"有点小气", "有点**", MaskIt},
		{"小气的坏蛋", "**的**", Withhold},
		{"ｓｂ", "**", Withhold},
		{"S B", "***", Withhold},
		{"USB接口", "USB接口", Publish},
		{"坏坏蛋", "坏**", Withhold},
	} {
		v := Check(tt.remark, nil, words)
		if got := Mask(tt.remark, v.Findings); got != tt.want || v.Decision != tt.decision {
			t.Errorf("%s: got %s, %v; want %s, %v", tt.remark, got, v.Decision, tt.want, tt.decision)
		}
	}
	if words.Len() != 5 {
		t.Errorf("got %d words", words.Len())
	}
}

func TestWrongWordsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"坏", []string{"第 1 行：词至少 2 个字"}},
		{"好的\n坏蛋 东西\n" + strings.Repeat("长", 21), []string{"第 2 行：一行写一个词；词后只能写“遮盖”", "第 3 行：词最多 20 个字"}},
		{"\x00", []string{"有无法识别的字符，请存为 UTF-8 后再试"}},
		{strings.Repeat("a", MaxListBytes+1), []string{"词表最多 256 KB，请删减"}},
		{strings.Repeat("ab\n", MaxWords+1), []string{"第 10001 行：词表最多 10000 个词"}},
	} {
		_, err := ParseWords("words", tt.text)
		var told *fault.Error
		if !errors.As(err, &told) {
			t.Errorf("%.20q: got %v", tt.text, err)
			continue
		}
		var got []string
		for _, v := range told.Violations {
			got = append(got, v.Reason)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%.20q: %s", tt.text, diff)
		}
	}
}

// The automaton finds what looking for every word at every place finds.
func TestAutomatonFindsAllWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙")), 2, 4, -1), 1, 8, rapid.ID).Draw(t, "words")
		remark := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙丁")), 0, 30, -1).Draw(t, "remark")
		words, err := ParseWords("words", strings.Join(list, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		runes := []rune(remark)
		for from := range runes {
			for to := from + 1; to <= len(runes); to++ {
				if slices.Contains(list, string(runes[from:to])) {
					want = append(want, fmt.Sprint(from, "-", to))
				}
			}
		}
		var got []string
		for _, f := range Check(remark, nil, words).Findings {
			got = append(got, fmt.Sprint(f.From, "-", f.To))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v in %s: %s", list, remark, diff)
		}
	})
}

// The worst list that an administrator may save costs what its size is: as many words as there may be, made of two characters, so that
// nearly every one stands everywhere in a remark of the same two.
func TestTheWorstListCostsLittle(t *testing.T) {
	var list strings.Builder
	for n := 0; list.Len() < MaxListBytes-4*MaxWordRunes; n++ {
		for bit := range 3 + n%(MaxWordRunes-3) {
			list.WriteRune([]rune("一二")[n>>(bit%12)&1])
		}
		list.WriteByte('\n')
	}
	began := time.Now()
	words, err := ParseWords("words", list.String())
	if err != nil {
		t.Fatal(err)
	}
	v := Check(strings.Repeat("一二二一", 250), nil, words)
	if took := time.Since(began); took > 20*time.Second || len(v.Findings) == 0 {
		t.Errorf("%d words, %d findings in %v", words.Len(), len(v.Findings), took)
	}
}
