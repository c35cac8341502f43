package console

import (
	"net/http"
	"net/url"
	"testing"
)

// A list says what it shows where nothing is chosen, and how many there are; whoever asks for a serial number finds its case also
// when it has ended, in the file, too.
func TestTheListOfCasesSaysWhatItShows(t *testing.T) {
	h, d := openCases(t)
	open, ended := d.opened(t), d.opened(t)
	b := h.as(t, "gongdan")
	for move, form := range map[string]url.Values{"explain": {"version": {"0"}, "words": {"已说明"}}} {
		b.to(b.post(caseLink(ended)+"/"+move, form), caseLink(ended))
	}
	b.to(b.post(caseLink(ended)+"/feedback", url.Values{"version": {"1"}, "words": {"已答复"}}), caseLink(ended))
	b.to(b.post(caseLink(ended)+"/heard-good", url.Values{"version": {"2"}}), caseLink(ended))

	boss := h.as(t, "quyu")
	s := boss.get("/console/cases")
	boss.wants(s, http.StatusOK, `<option value="">未办结</option>`, open, "共1条", "把勾选的工单指派给")
	boss.lacks(s, ended)
	s = boss.get("/console/cases?serial=" + ended)
	boss.wants(s, http.StatusOK, "已办结", caseLink(ended), "共1条")
	boss.lacks(s, "把勾选的工单指派给") // nothing to tick
	boss.wants(boss.get("/console/cases/export?format=csv&serial="+ended), http.StatusOK, ended)
	boss.lacks(boss.get("/console/cases?state=pending&serial="+ended), caseLink(ended))
	boss.lacks(boss.get("/console/cases?serial="+open), ended)
	boss.lacks(boss.get("/console/cases?serial=1NOBODY"), "共")
}

// A list and a story call people by their names, the login beside it; filters that contradict one another are told.
func TestCasesCallPeopleByTheirNames(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	h.as(t, "gongdan")
	b := h.as(t, "bumen")
	b.to(b.post("/console/cases/assign", url.Values{"pick": {serial + ".0"}, "to": {"工单"}, "back": {"/console/cases"}}), "/console/cases") // the one of that name
	b.wants(b.get("/console/cases?assignee="+url.QueryEscape("工单")), http.StatusOK, serial)
	b.wants(b.get("/console/cases?assignee=GongDan"), http.StatusOK, `<td>工单<span class="under muted">gongdan</span></td>`)
	b.wants(b.get("/console/cases/"+serial), http.StatusOK, "交给工单（gongdan）")

	both := "?of=me&assignee=gongdan"
	s := b.get("/console/cases" + both)
	b.wants(s, http.StatusOK, "说的不是同一个人")
	b.lacks(s, serial)
	b.wants(b.get("/console/cases?of=-&assignee=gongdan"), http.StatusOK, "说的不是同一个人")
	b.wants(b.get("/console/cases/export"+both+"&format=csv"), http.StatusUnprocessableEntity, "说的不是同一个人")
	b.wants(b.get("/console/cases?of=me&assignee=bumen"), http.StatusOK, "没有符合条件的记录")
}
