package console

import (
	"regexp"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
)

// auditWords are all actions in words, in the order in which the filter offers them. A test holds them against the source.
var auditWords = []Choice{
	{"staff.login", "登录"},
	{"staff.refused", "登录被拒"},
	{"staff.second", "二次验证"},
	{"staff.recovery", "使用恢复码"},
	{"staff.logout", "退出登录"},
	{"staff.password", "修改密码"},
	{"staff.totp-begun", "开始设置二次验证"},
	{"staff.totp", "设好二次验证"},
	{"staff.recovery-new", "更换恢复码"},
	{"staff.session-ended", "结束登录"},
	{"staff.create", "新建账号"},
	{"staff.change", "修改账号"},
	{"staff.reset", "重置密码"},
	{"staff.active", "恢复账号"},
	{"staff.locked", "锁定账号"},
	{"staff.disabled", "停用账号"},

	{"review.unmask", "查看原文"},
	{"export", "导出"},
	{"moderation.decide", "审核评价"},
	{"moderation.again", "再检查已公开的评价内容"},
	{"words.add", "新增词表版本"},
	{"words.activate", "启用词表"},
	{"integrity.decide", "判断异常线索"},
	{"integrity.officers", "登记比对名单"},

	{"case.assign", "指派工单"},
	{"case.rectify", "核实：整改"},
	{"case.explain", "核实：解释"},
	{"case.appeal", "提出申诉"},
	{"case.feedback", "反馈评价人"},
	{"case.contact", "联系评价人"},
	{"case.heard_good", "回访满意"},
	{"case.heard_bad", "回访不满意"},
	{"case.supervise", "督办工单"},
	{"case.accept", "申诉成立"},
	{"case.refuse", "申诉不成立"},
	{"case.evidence", "查看申诉材料"},
	{"deadline.change", "修改工单时限"},

	{"hall.add", "新增大厅"},
	{"hall.change", "修改大厅"},
	{"hall.retire", "停用大厅"},
	{"hall.reopen", "恢复大厅"},
	{"window.add", "新增窗口"},
	{"window.change", "修改窗口"},
	{"window.retire", "停用窗口"},
	{"window.reopen", "恢复窗口"},
	{"officer.add", "新增人员"},
	{"officer.change", "修改人员"},
	{"officer.number", "更改工号"},
	{"officer.retire", "停用人员"},
	{"officer.reopen", "恢复人员"},
	{"venues.save", "导入大厅窗口"},

	{"app.create", "新建应用"},
	{"app.change", "修改应用"},
	{"app.rotate", "更换应用密钥"},
	{"app.finish", "停用旧密钥"},
	{"app.disable", "停用应用"},
	{"app.enable", "启用应用"},

	{"tags.save", "修改标签"},
	{"tags.import", "导入标签"},
	{"tags.adopt", "自设标签"},
	{"tags.release", "改回全国标签"},

	{"region.save", "修改区划"},
	{"region.merge", "合并区划"},
	{"department.save", "修改部门"},
	{"department.merge", "合并部门"},
	{"item.save", "修改事项"},
	{"item.merge", "合并事项"},
	{"registers.import", "导入区划部门"},
	{"source.again", "重新同步来源"},
	{"affairs.import", "导入已办事项"},

	{"subscription.create", "新建通知"},
	{"subscription.change", "修改通知"},
	{"subscription.remove", "删除通知"},
	{"delivery.repeat", "重发通知"},
	{"settings.change", "修改系统设置"},
	{"erasure.ask", "申请删除个人信息"},
	{"erasure.confirm", "确认删除个人信息"},
	{"erasure.drop", "放弃删除个人信息"},
	{"erasure.done", "删除了个人信息"},
	{"erasure.old", "到期删除个人信息"},
	{"key.add", "加入密钥"},
	{"key.activate", "启用密钥"},
	{"key.retire", "停用密钥"},
	{"audit.verify", "核对审计日志"},
	{"backup.restore", "从备份恢复"},
}

// actionWords are an action in words; the action itself where there are none.
func actionWords(action string) string { return wordsIn(auditWords, action) }

func wordsIn(choices []Choice, value string) string {
	for _, choice := range choices {
		if choice.Value == value {
			return choice.Text
		}
	}
	return value
}

// objectKinds are what objects are, in words.
var objectKinds = []Choice{
	{"staff", "账号"},
	{"case", "工单"},
	{"review", "评价"},
	{"finding", "异常线索"},
	{"officers", "比对名单"},
	{"words", "词表"},
	{"deadline", "时限"},
	{"hall", "大厅"},
	{"window", "窗口"},
	{"officer", "人员"},
	{"venues", "大厅窗口"},
	{"app", "应用"},
	{"tags", "标签"},
	{"region", "区划"},
	{"department", "部门"},
	{"item", "事项"},
	{"registers", "区划部门"},
	{"source", "来源"},
	{"subscription", "通知"},
	{"delivery", "发送记录"},
	{"export", "导出"},
	{"settings", "系统设置"},
	{"erasure", "个人信息删除"},
	{"key", "密钥"},
	{"audit", "审计日志"},
	{"backup", "备份"},
}

// objectWords are an object in words: 账号 sheng.
func objectWords(object string) string {
	kind, id, _ := strings.Cut(object, ":")
	if kind == "export" {
		id = pageName(id)
	}
	return strings.TrimSpace(wordsIn(objectKinds, kind) + " " + id)
}

// pageName is what the page is called that an export was taken from; its path where the menu has none.
func pageName(path string) string {
	name, longest := path, len(Prefix)
	for _, s := range menuSections {
		for _, page := range s.pages {
			if strings.HasPrefix(path, page.path+"/") && len(page.path) > longest {
				name, longest = page.text, len(page.path)
			}
		}
	}
	return name
}

// objectOf is an object as it is stored, for what a person typed: in words or as it is.
func objectOf(typed string) string {
	words, id, _ := strings.Cut(typed, " ")
	for _, kind := range objectKinds {
		if kind.Text == words {
			return strings.TrimSuffix(kind.Value+":"+strings.TrimSpace(id), ":")
		}
	}
	return typed
}

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
	assigned = regexp.MustCompile(`^([a-z_]+), assignee "(.*)"$`)
)

// plainWords are a text of an entry that names no facts.
func plainWords(l *audit.Link, text string) string {
	kind, _, _ := strings.Cut(l.Object, ":")
	switch {
	case text == "":
		return ""
	case kind == "case" && l.Action == "case.evidence":
		return "材料 " + text
	case kind == "case":
		handler := ""
		if parts := assigned.FindStringSubmatch(text); parts != nil {
			if text, handler = parts[1], "，处理人 "+parts[2]; parts[2] == "" {
				handler = "，没有处理人"
			}
		}
		if word := followup.State(text).Word(); word != "" {
			text = word
		}
		return text + handler
	case l.Action == "words.activate":
		return "版本 " + text
	case text == "begun":
		return "开始"
	}
	text = limits.ReplaceAllString(text, "联系核实 $1、整改或解释 $2、申诉复核 $3 个工作日")
	return numbered.ReplaceAllString(text, "第 $1 版：")
}
