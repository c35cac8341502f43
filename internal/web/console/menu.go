package console

import (
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
)

// menuItem is an entry of the navigation or a tab.
type menuItem struct {
	Address, Text string
	Here          bool
}

// section is an entry of the navigation: its pages are tabs. An entry is called what its only page is called when the person sees
// just one.
type section struct {
	text  string
	pages []menuPage
}

type menuPage struct{ path, text string }

// menuSections are the entries, at most 12. A page shows when the table has a GET at its path and the person may do its
// action.
var menuSections = []section{
	{"首页", []menuPage{{"/console", "首页"}}},
	{"评价", []menuPage{{"/console/reviews", "评价"}, {"/console/integrity", "异常线索"}}},
	{"差评工单", []menuPage{{"/console/cases", "差评工单"}}},
	{"统计排名", []menuPage{{"/console/figures", "统计排名"}}},
	{"大厅窗口", []menuPage{{"/console/halls", "大厅窗口"}}},
	{"应用接入", []menuPage{{"/console/apps", "应用接入"}}},
	{"评价标签", []menuPage{{"/console/tags", "评价标签"}}},
	{"区划部门事项", []menuPage{{"/console/regions", "区划"}, {"/console/departments", "部门"}, {"/console/items", "事项"}}},
	{"已办同步", []menuPage{{"/console/sources", "已办同步"}}},
	{"内容审核", []menuPage{{"/console/moderation", "内容审核"}, {"/console/words", "词表"}}},
	{"账号角色", []menuPage{{"/console/staff", "账号角色"}}},
	{"设置与审计", []menuPage{{"/console/settings", "系统设置"}, {"/console/settings/deadlines", "工单时限"}, {"/console/notices", "通知"}, {"/console/erasures", "个人信息删除"}, {"/console/audit", "审计日志"}}},
}

// menu gives the entries for a person, and the tabs of the entry that a path belongs to.
func (h *Handler) menu(of *identity.Staff, path string) (menu, tabs []menuItem) {
	actions := map[string]identity.Action{}
	for _, r := range h.table {
		if r.method == "GET" {
			actions[r.pattern] = r.action
		}
	}
	for _, s := range menuSections {
		var pages []menuItem
		here, deepest := false, 0
		for _, page := range s.pages {
			if action, there := actions[page.path]; there && of.May(action) {
				at := path == page.path || page.path != Prefix && strings.HasPrefix(path, page.path+"/") || page.path == Prefix && path == Prefix+"/"
				if at { // a page below another one of the same entry is where the person is
					if here {
						pages[deepest].Here = false
					}
					here, deepest = true, len(pages)
				}
				pages = append(pages, menuItem{page.path, page.text, at})
			}
		}
		switch {
		case len(pages) == 0:
			continue
		case len(pages) == 1 && len(s.pages) > 1:
			menu = append(menu, menuItem{pages[0].Address, pages[0].Text, here})
		default:
			menu = append(menu, menuItem{pages[0].Address, s.text, here})
		}
		if here && len(pages) > 1 {
			tabs = pages
		}
	}
	return menu, tabs
}
