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
