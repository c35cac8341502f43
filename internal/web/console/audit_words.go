package console

import "strings"

// auditWords are all actions in words, in the order in which the filter offers them. A test holds them against the source.
var auditWords = []Choice{
	{"staff.login", "登录"},
	{"staff.refused", "登录被拒"},
	{"staff.second", "二次验证"},
	{"staff.recovery", "使用恢复码"},
	{"staff.logout", "退出登录"},
	{"staff.password", "修改密码"},
	{"staff.unproven", "验证现在的密码没有通过"},
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
	{"counters.repair", "改正统计数"},
	{"database.empty", "清空测试数据"},
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
	if all := objectAll[kind]; all != "" {
		id = eachPart(id, "", all)
	}
	return strings.TrimSpace(wordsIn(objectKinds, kind) + " " + id)
}

// objectAll are what the parts of an object mean that are left empty: limits are of department/region, tags of entity/stars.
var objectAll = map[string]string{"deadline": "全部", "tags": "全国"}

// eachPart is an object's id with one text in place of every part that is another.
func eachPart(id, part, instead string) string {
	parts := strings.Split(id, "/")
	for i := range parts {
		if parts[i] == part {
			parts[i] = instead
		}
	}
	return strings.Join(parts, "/")
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

// loose is what people type between kind and id: nothing, a blank or a colon of either width.
const loose = " \u3000:："

// objectOf is an object as it is stored, for what a person typed: in words, with anything between kind and id, or as it is.
func objectOf(typed string) string {
	typed = strings.TrimSpace(typed)
	for _, kind := range objectKinds {
		rest, is := strings.CutPrefix(typed, kind.Text)
		id := strings.Trim(rest, loose)
		if !is || id == "" && rest != "" || ambiguous(kind.Text, typed) {
			continue
		}
		switch kind.Value {
		case "case", "review":
			id = strings.ToUpper(id)
		case "staff":
			id = strings.ToLower(id)
		case "export":
			id = exportPath(id)
		}
		if all := objectAll[kind.Value]; all != "" {
			id = eachPart(id, all, "")
		}
		return strings.TrimSuffix(kind.Value+":"+id, ":")
	}
	return typed
}

// ambiguous says whether a longer kind begins a text, too: 大厅窗口 and not 大厅.
func ambiguous(kind, typed string) bool {
	for _, other := range objectKinds {
		if len(other.Text) > len(kind) && strings.HasPrefix(typed, other.Text) {
			return true
		}
	}
	return false
}

// exportPath is where an export is taken from, by what its page is called; what is no page's name stays.
func exportPath(name string) string {
	for _, s := range menuSections {
		for _, page := range s.pages {
			if page.text == name {
				return page.path + "/export"
			}
		}
	}
	return name
}
