package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
)

// composed are actions whose text the program puts together, by what it begins with.
func composed() map[string][]string {
	all := map[string][]string{
		"staff.": {string(identity.Active), string(identity.Locked), string(identity.Disabled)},
		".merge": {"region", "department", "item"},
	}
	for _, move := range []followup.Move{
		followup.Rectify, followup.Explain, followup.AppealMove, followup.FeedBack, followup.Contact, followup.HeardGood, followup.HeardBad,
		followup.AssignMove, followup.Supervise, followup.Accept, followup.Refuse,
	} {
		all["case."] = append(all["case."], string(move))
	}
	return all
}

// TestEveryActionHasWords reads the program's source: every action that an entry of the audit log is written with has words.
func TestEveryActionHasWords(t *testing.T) {
	actions := map[string]string{} // where it stands
	var files int
	err := filepath.WalkDir(filepath.Join("..", ".."), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(filepath.ToSlash(name), "/storetest/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		for _, action := range actionsIn(file) {
			actions[action] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 200 || len(actions) < 40 {
		t.Fatalf("read %d actions in %d files", len(actions), files)
	}
	for prefix, rest := range composed() {
		for _, one := range rest {
			if prefix == ".merge" {
				actions[one+prefix] = "composed"
			} else {
				actions[prefix+one] = "composed"
			}
		}
	}
	for _, kind := range []string{"hall", "window", "officer"} {
		actions[kind+".retire"], actions[kind+".reopen"] = "composed", "composed"
	}
	var listed []string
	for _, choice := range auditWords {
		if slices.Contains(listed, choice.Value) || choice.Text == "" {
			t.Errorf("%s stands twice in the list, or has no words", choice.Value)
		}
		listed = append(listed, choice.Value)
		if actions[choice.Value] == "" {
			t.Errorf("nothing is noted as %s", choice.Value)
		}
	}
	for action, name := range actions {
		if !slices.Contains(listed, action) {
			t.Errorf("%s: %s has no words", name, action)
		}
	}
}

// actionsIn are the texts in a file that are actions: what a field Action is made of, and what looks like one.
func actionsIn(file *ast.File) (found []string) {
	families := map[string]bool{}
	for _, choice := range objectKinds {
		families[choice.Value] = true
	}
	families["venues"], families["affairs"], families["moderation"] = true, true, true
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.KeyValueExpr:
			if key, is := n.Key.(*ast.Ident); is && key.Name == "Action" {
				if text := literal(n.Value); text != "" && !strings.HasSuffix(text, ".") {
					found = append(found, text)
				}
			}
		case *ast.BasicLit:
			text := literal(n)
			family, rest, is := strings.Cut(text, ".")
			if is && families[family] && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz-_") == "" && !slices.Contains(found, text) && !isFile(rest) {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

func isFile(ending string) bool {
	return slices.Contains([]string{"csv", "xlsx", "html", "css", "js", "txt", "json", "db"}, ending)
}

func literal(e ast.Expr) string {
	if basic, is := e.(*ast.BasicLit); is && basic.Kind == token.STRING {
		text, _ := strconv.Unquote(basic.Value)
		return text
	}
	return ""
}

func TestWhatAnEntrySaysIsInWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		entry audit.Entry
		want  []string
	}{
		{
			"an account is made",
			audit.Entry{Action: "staff.create", Object: "staff:li", After: "role=auditor region= department= hall= state=active"},
			[]string{"角色：审计员", "状态：正常"},
		},
		{
			"an account is changed",
			audit.Entry{
				Action: "staff.change", Object: "staff:li", Before: "role=handler region= department=D1 hall= state=active",
				After: "role=hall region= department= hall=H1 state=active",
			},
			[]string{"角色：工单处理员 → 大厅管理员", "部门：D1 → （空）", "大厅：（空） → H1"},
		},
		{
			"a name with blanks",
			audit.Entry{Action: "app.create", Object: "app:A", After: "name=办事 大厅 paasid=p affairs=true rate=0"},
			[]string{"名称：办事 大厅", "paasid：p", "推送办件：是", "每秒次数：与其他应用一样"},
		},
		{"a case", audit.Entry{Action: "case.rectify", Object: "case:S", Before: "pending", After: "rectifying"}, []string{"待核实 → 整改中"}},
		{"a handler", audit.Entry{Action: "case.assign", Object: "case:S", Before: "pending", After: `pending, assignee "li"`}, []string{"处理人 li"}},
		{"no handler", audit.Entry{Action: "case.assign", Object: "case:S", Before: "pending", After: `pending, assignee ""`}, []string{"没有处理人"}},
		{"a call", audit.Entry{Action: "case.contact", Object: "case:S", Before: "pending", After: "pending"}, nil},
		{"a finding", audit.Entry{Action: "integrity.decide", Object: "finding:F", Before: "open", After: "confirmed, 3 reviews"}, []string{"待判断 → 已认定，3条评价"}},
		{
			"a remark",
			audit.Entry{Action: "moderation.decide", Object: "review:R", Before: "待审核 8-12", After: "已遮盖公开 0-4,8-12"},
			[]string{"待审核 → 已遮盖公开，遮盖第1至4、9至12字"},
		},
		{"a remark of nothing to mask", audit.Entry{Action: "moderation.decide", Object: "review:R", Before: "已遮盖公开 7-8", After: "不公开"}, []string{"已遮盖公开，遮盖第8字 → 不公开"}},
		{"registers", audit.Entry{Action: "registers.import", Object: "registers", After: "regions=0 departments=7 successions=0 items=3"}, []string{"区划：0", "部门：7", "合并：0", "事项：3"}},
		{"a recovery code", audit.Entry{Action: "staff.recovery", Object: "staff:li", After: "left=9"}, []string{"剩余恢复码：9"}},
		{"limits", audit.Entry{Action: "deadline.change", Object: "deadline:/4401", After: "verify 1, rectify 5, decide 3"}, []string{"联系核实 1、整改或解释 5、申诉复核 3 个工作日"}},
		{"a word list", audit.Entry{Action: "words.activate", Object: "words:2", Before: "0", After: "2"}, []string{"版本 0 → 版本 2"}},
		{"tags", audit.Entry{Action: "tags.save", Object: "tags:/1", Before: "1: a", After: "2: a b"}, []string{"第 1 版：a → 第 2 版：a b"}},
		{"words of its own", audit.Entry{Action: "hall.change", Object: "hall:1", Before: "名称：旧", After: "名称：新"}, []string{"名称：旧 → 新"}},
		{"words of its own, several", audit.Entry{Action: "settings.change", Object: "settings", Before: "甲：1条；乙：2", After: "甲：5条；乙：3"}, []string{"甲：1条 → 5条", "乙：2 → 3"}},
		{"words of its own, new", audit.Entry{Action: "hall.add", Object: "hall:1", After: "名称：新；级别：区县"}, []string{"名称：新", "级别：区县"}},
		{"words of its own, no facts", audit.Entry{Action: "review.unmask", Object: "review:1", After: "联系电话"}, []string{"联系电话"}},
		{"nothing", audit.Entry{Action: "staff.login", Object: "staff:li"}, nil},
	} {
		var got []string
		for _, change := range auditChanges(&audit.Link{Entry: c.entry}) {
			got = append(got, change.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
	for object, want := range map[string]string{"staff:sheng": "账号 sheng", "case:1M8H": "工单 1M8H", "settings": "系统设置", "tags:a/1": "标签 a/1", "tags:/1": "标签 全国/1", "deadline:/4401": "时限 全部/4401", "deadline:D1/": "时限 D1/全部", "deadline:/": "时限 全部/全部", "officer:H1/W1": "人员 H1/W1"} {
		if got := objectWords(object); got != want || objectOf(got) != object || objectOf(object) != object {
			t.Errorf("%s is %q, and back %q", object, got, objectOf(got))
		}
	}
	if got := objectWords("unheard:1"); got != "unheard 1" {
		t.Errorf("an object of no kind is %q", got)
	}
}
