package console

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/moderation"
)

// auditChange is one thing that an entry says was changed: what it was, and what it is; one of them may be empty.
type auditChange struct{ Label, Was, Is string }

// String is a change in a file.
func (c auditChange) String() string {
	text := c.Is
	if c.Was != "" {
		text = c.Was + " → " + c.Is
	}
	if c.Label != "" {
		text = c.Label + "：" + text
	}
	return text
}

// named begins a fact that an entry names: role=auditor.
var named = regexp.MustCompile(`(?:^| )([a-zA-Z]+)=`)

// factNames are those names in words; another name stands for itself.
var factNames = []Choice{
	{"name", "名称"},
	{"role", "角色"},
	{"region", "区划"},
	{"department", "部门"},
	{"hall", "大厅"},
	{"state", "状态"},
	{"pending", "待确认"},
	{"paasid", "paasid"},
	{"entities", "评价对象"},
	{"affairs", "推送办件"},
	{"digest", "须带摘要"},
	{"signedCode", "二维码须签名"},
	{"rate", "每秒次数"},
	{"disabled", "停用"},
	{"keys", "密钥数"},
	{"into", "并入"},
	{"regions", "区划"},
	{"departments", "部门"},
	{"items", "事项"},
	{"successions", "合并"},
	{"format", "格式"},
	{"actor", "操作人"},
	{"action", "操作"},
	{"object", "对象"},
	{"from", "从"},
	{"to", "到"},
	{"text", "文字"},
	{"stars", "星级"},
	{"channel", "渠道"},
	{"entity", "评价对象"},
	{"tag", "标签"},
	{"window", "窗口"},
	{"unit", "单位"},
	{"of", "范围"},
	{"sort", "顺序"},
	{"taken", "收到"},
	{"rejected", "未收"},
	{"rows", "行数"},
	{"new", "新增"},
	{"changed", "更改"},
	{"same", "未变"},
	{"by", "登录方式"},
	{"mfa", "二次验证"},
	{"left", "剩余恢复码"},
}

var factValues = map[string]func(string) string{
	"role":   func(value string) string { return identity.Role(value).Name() },
	"action": func(value string) string { return actionWords(value) },
	"object": func(value string) string { return objectWords(value) },
	"state": func(value string) string {
		return map[string]string{string(identity.Active): "正常", string(identity.Locked): "锁定", string(identity.Disabled): "停用"}[value]
	},
	"rate": func(value string) string { return map[string]string{"0": "与其他应用一样"}[value] },
	"from": func(value string) string { return map[string]string{"beginning": "头开始"}[value] },
	"by":   func(value string) string { return map[string]string{"oidc": "统一身份认证"}[value] },
	"mfa":  func(value string) string { return map[string]string{"trusted": "由统一身份认证完成"}[value] },
}

func factWords(name, value string) string {
	if words := factValues[name]; words != nil {
		if text := words(value); text != "" {
			return text
		}
	}
	switch value {
	case "true":
		return "是"
	case "false":
		return "否"
	case "":
		return "（空）"
	}
	return value
}

// facts reads role=auditor region= ...; nil for any other text.
func facts(text string) (names []string, values map[string]string) {
	found := named.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 || found[0][0] != 0 {
		return nil, nil
	}
	values = map[string]string{}
	for n, at := range found {
		end := len(text)
		if n+1 < len(found) {
			end = found[n+1][0]
		}
		name := text[at[2]:at[3]]
		names = append(names, name)
		values[name] = text[at[1]:end]
	}
	return names, values
}

// titled reads 名称：甲；级别：乙; nil for any other text.
func titled(text string) (names []string, values map[string]string) {
	values = map[string]string{}
	for part := range strings.SplitSeq(text, "；") {
		name, value, is := strings.Cut(part, "：")
		if _, twice := values[name]; !is || twice {
			return nil, nil
		}
		names = append(names, name)
		values[name] = value
	}
	return names, values
}

// auditChanges are what an entry says was changed, in words: only what is another where it says before and after.
func auditChanges(l *audit.Link) []auditChange {
	before, was := facts(l.Before)
	after, is := facts(l.After)
	if (before == nil && l.Before != "") || (after == nil && l.After != "") || before == nil && after == nil {
		if l.Before == "" && l.After == "" {
			return nil
		}
		if l.Object == "audit" { // what came of a verification is one sentence
			return []auditChange{{Is: l.After}}
		}
		if before, was = titled(l.Before); before != nil || l.Before == "" {
			if after, is = titled(l.After); after != nil || l.After == "" {
				return differences(before, after, was, is)
			}
		}
		if strings.HasPrefix(l.Object, "case:") {
			return caseChange(l)
		}
		return []auditChange{{Was: plainWords(l, l.Before), Is: plainWords(l, l.After)}}
	}
	return differences(before, after, was, is)
}

// differences are what is another in facts, in words.
func differences(before, after []string, was, is map[string]string) []auditChange {
	names := after
	for _, name := range before {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var changes []auditChange
	for _, name := range names {
		c := auditChange{Label: wordsIn(factNames, name)}
		switch {
		case before == nil && is[name] == "", after == nil && was[name] == "": // nothing to say
			continue
		case before == nil:
			c.Is = factWords(name, is[name])
		case after == nil:
			c.Was = factWords(name, was[name])
		case was[name] == is[name]:
			continue
		default:
			c.Was, c.Is = factWords(name, was[name]), factWords(name, is[name])
		}
		changes = append(changes, c)
	}
	return changes
}

var (
	numbered = regexp.MustCompile(`^(\d+): `)
	limits   = regexp.MustCompile(`^verify (\d+), rectify (\d+), decide (\d+)$`)
	ruled    = regexp.MustCompile(`^(\d+) reviews$`)
	assigned = regexp.MustCompile(`^([a-z_]+), assignee "(.*)"$`)
)

// caseChange is what an entry says of a case: its state where that is another one, and who has it.
func caseChange(l *audit.Link) []auditChange {
	if l.Action == "case.evidence" {
		return []auditChange{{Is: "材料 " + l.After}}
	}
	state := func(text string) string { return cmp.Or(followup.State(text).Word(), text) }
	after, handler := l.After, ""
	if parts := assigned.FindStringSubmatch(after); parts != nil {
		if after, handler = parts[1], "处理人 "+parts[2]; parts[2] == "" {
			handler = "没有处理人"
		}
	}
	var changes []auditChange
	if after != l.Before {
		changes = append(changes, auditChange{Was: state(l.Before), Is: state(after)})
	}
	if handler != "" {
		changes = append(changes, auditChange{Is: handler})
	}
	return changes
}

// maskedWords are how a remark is published, and which of its characters were masked then: 已遮盖公开 0-4,7-8.
func maskedWords(text string) string {
	state, text, _ := strings.Cut(text, " ")
	spans, err := moderation.ParseSpans(text)
	if err != nil || len(spans) == 0 || state != moderation.Masked.String() {
		return state
	}
	parts := make([]string, len(spans))
	for i, one := range spans {
		parts[i] = strconv.Itoa(one.From + 1)
		if one.To > one.From+1 {
			parts[i] += "至" + strconv.Itoa(one.To)
		}
	}
	return state + "，遮盖第" + strings.Join(parts, "、") + "字"
}

// plainWords are a text of an entry that names no facts.
func plainWords(l *audit.Link, text string) string {
	switch {
	case text == "":
		return ""
	case l.Action == "integrity.decide":
		state, of, _ := strings.Cut(text, ", ")
		return cmp.Or(integrity.State(state).Word(), state) + ruled.ReplaceAllString(of, "，${1}条评价")
	case l.Action == "moderation.decide":
		return maskedWords(text)
	case l.Action == "words.activate":
		return "版本 " + text
	case text == "begun":
		return "开始"
	}
	text = limits.ReplaceAllString(text, "联系核实 $1、整改或解释 $2、申诉复核 $3 个工作日")
	return numbered.ReplaceAllString(text, "第 $1 版：")
}
