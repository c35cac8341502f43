package app

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// pagesOf are the command lines of all help pages below a command.
func pagesOf(node *kong.Node, path []string) [][]string {
	pages := [][]string{append(path, "--help")}
	for _, child := range node.Children {
		pages = append(pages, pagesOf(child, append(slices.Clip(path), child.Name))...)
	}
	return pages
}

func TestHelpIsChinese(t *testing.T) {
	english := regexp.MustCompile(`Usage:|Flags:|Commands:|Arguments:|<command>|\[flags\]|more information|context-sensitive|…,\.\.\.`)
	t.Setenv("COLUMNS", "80")
	pages := pagesOf(commandLine(t).Model.Node, nil)
	if len(pages) < 40 {
		t.Fatalf("found %d pages alone", len(pages))
	}
	for _, page := range pages {
		var out, errs bytes.Buffer
		if status := Main(page, &out, &errs); status != 0 || errs.Len() > 0 {
			t.Errorf("%q: status %d, says %s", page, status, &errs)
		}
		if !strings.HasPrefix(out.String(), "用法：haochaping ") || !strings.Contains(out.String(), "显示用法。") {
			t.Errorf("%q begins otherwise:\n%s", page, &out)
		}
		if found := english.FindString(out.String()); found != "" {
			t.Errorf("%q says %s", page, found)
		}
		for line := range strings.Lines(out.String()) {
			if n := places(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%q has a line of %d places, more than a terminal's 80: %s", page, n, line)
			}
		}
	}
}

func TestHelpIsBrokenWhereATerminalEnds(t *testing.T) {
	for _, tt := range []struct{ name, page, want string }{
		{"a name and its text", "  --a=N    一二三四五六七八", "  --a=N    一二三四五六\n           七八"},
		{"what was broken by characters", "  --a=N    一二三\n           四五六七八", "  --a=N    一二三 四五六\n           七八"},
		{"a short name alone", "  --ab=N\n           一二三四五六七", "  --ab=N   一二三四五六\n           七"},
		{"a long name alone", "      --long=N\n           一二三四五\n           六七", "      --long=N\n           一二三四五 六\n           七"},
		{"no line begins with punctuation", "一二三四五六七八九十一二，三", "一二三四五六七八九十一\n二，三"},
		{"nor ends with an opening one", "一二三四五六七八九十一（二）", "一二三四五六七八九十一\n（二）"},
		{"a word stays whole", "一二三四五六七八九 abcd efgh", "一二三四五六七八九 abcd\nefgh"},
		{"what fits", "用法：haochaping", "用法：haochaping"},
	} {
		var got []string
		for _, line := range joined(tt.page) {
			got = append(got, wrap(line, 24))
		}
		if text := strings.Join(got, "\n"); text != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, text, tt.want)
		}
	}
}

func TestHelpSaysWhatASettingIsWhenNobodySays(t *testing.T) {
	var out bytes.Buffer
	if status := Main([]string{"serve", "--help"}, &out, &out); status != 0 {
		t.Fatal(out.String())
	}
	page := strings.Join(strings.Fields(out.String()), "") // wherever its lines end
	for _, want := range []string{"--minimum=N", "缺省 30。", "--queue=N", "缺省 4096。", `--console-idle=30m`} {
		if !strings.Contains(page, strings.ReplaceAll(want, " ", "")) {
			t.Errorf("it does not say %s", want)
		}
	}
}

func TestAWrongCommandLineIsToldInChinese(t *testing.T) {
	english := regexp.MustCompile(`expected|unknown|unexpected|missing|must|error|Usage|did you mean`)
	for _, tt := range []struct{ line, want string }{
		{"", "缺少命令，可以是"},
		{"migrat", `不认识的命令或参数 migrat；是不是 "migrate"？`},
		{"import", "缺少命令，可以是"},
		{"figures", "缺少 affairs"},
		{"key new", "缺少 <file>"},
		{"import affairs a b", "不认识的命令或参数 b"},
		{"serve --nope", "没有选项 --nope\n"},
		{"serve --databas x", `没有选项 --databas；是不是 "--database"`},
		{"serve --listen", "--listen 后面缺少值"},
		{"serve --minimum x", `--minimum 应为整数，且不能太大，而不是 "x"`},
		{"serve --queue -1", `以 - 开头的值请写成 --queue="-1"`},
		{"serve --rate x", `--rate 应为数字，而不是 "x"`},
		{"serve --console-idle 30", `--console-idle 应为带单位的时长，如 30s、15m、12h，而不是 "30"`},
		{"serve --three-is-bad=x", `--three-is-bad 应为 true 或 false，而不是 "x"`},
		{"serve --oidc-claims x", `--oidc-claims 应形如 名=值;名=值，而不是 "x"`},
		{"figures affairs --by x", `--by 应为 "region","department"`},
		{"backup", "缺少选项 --to=FILE"},
		{"backup --keep 1 verify x", "选项 --keep 属于 make，不属于 verify"},
		{"key retire 300", `<key> 应为整数，且不能太大，而不是 "300"`},
	} {
		var out, errs bytes.Buffer
		status := Main(strings.Fields(tt.line), &out, &errs)
		said := errs.String()
		if status != 2 || out.Len() > 0 || !strings.Contains(said, tt.want) || english.MatchString(said) || !strings.Contains(said, "\n用法：haochaping") || !strings.HasSuffix(said, " --help\n") {
			t.Errorf("haochaping %s: status %d, says %s%s", tt.line, status, &out, said)
		}
	}
}

func TestAWrongEnvironmentIsNamed(t *testing.T) {
	t.Setenv("HAOCHAPING_MINIMUM", "x")
	var errs bytes.Buffer
	if status := Main([]string{"serve"}, &errs, &errs); status != 2 || !strings.Contains(errs.String(), `--minimum 应为整数，且不能太大，而不是 "x"（环境变量 HAOCHAPING_MINIMUM）`) {
		t.Errorf("status %d, says %s", status, &errs)
	}
}
