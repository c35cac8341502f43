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
	}
}

func TestHelpSaysWhatASettingIsWhenNobodySays(t *testing.T) {
	var out bytes.Buffer
	if status := Main([]string{"serve", "--help"}, &out, &out); status != 0 {
		t.Fatal(out.String())
	}
	for _, want := range []string{"--minimum=N", "缺省 30。", "--queue=N", "缺省 4096。", `--console-idle=30m`} {
		if !strings.Contains(out.String(), want) {
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
