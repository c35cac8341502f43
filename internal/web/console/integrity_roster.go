package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
)

// mostRoster is how many characters a roster may have: 2,000 lines of four columns.
const mostRoster = 120_000

// registeredHall is a hall with how many of its officers have numbers to compare by.
type registeredHall struct {
	Name                 string
	Officers, Registered int
}

type rosterPage struct {
	Frame
	Form  Form
	Halls []registeredHall
}

// showRoster is GET /console/integrity/officers.
func (h *Handler) showRoster(w http.ResponseWriter, r *http.Request) error {
	return h.rosterPage(w, r, "", nil)
}

func (h *Handler) rosterPage(w http.ResponseWriter, r *http.Request, text string, wrong error) error {
	counts, err := h.Integrity.Registered(r.Context())
	if err != nil {
		return err
	}
	page := rosterPage{Frame: h.frame(w, r, "工作人员比对名单"), Form: newForm(integrityPath+"/officers", "登记", wrong, Input{
		Name: "roster", Label: "名单", Kind: AreaInput, Value: text, Most: mostRoster, Required: true,
		Hint: fmt.Sprintf("每行一人，四列用逗号或制表符分开：%s；一次最多%d人。号码不知道的留空，两个号码都空的取消登记", integrity.RosterFields, integrity.MostOfficers),
	})}
	for _, hall := range h.Halls.Halls() {
		if n := counts[hall.Code]; n > 0 && staff(r).Covers(identity.Place{Region: hall.RegionCode, Department: staff(r).Department, Hall: hall.Code}) {
			page.Halls = append(page.Halls, registeredHall{hall.Name, len(h.Halls.OfficersOf(hall.Code)), n})
		}
	}
	slices.SortFunc(page.Halls, func(a, b registeredHall) int { return cmp.Compare(a.Name, b.Name) })
	page.Halls = page.Halls[:min(len(page.Halls), maxSuggested)]
	return h.write(w, page.Form.status(), "integrity-roster", page)
}

// saveRoster is POST /console/integrity/officers. A department's people sit at its windows.
func (h *Handler) saveRoster(w http.ResponseWriter, r *http.Request) error {
	text := r.PostFormValue("roster")
	by := staff(r)
	n, err := h.Integrity.Register(r.Context(), text, func(code, workNo string) (there, may bool) {
		hall, known := h.Halls.Hall(code)
		officer, found := h.Halls.Officer(code, workNo)
		window, _ := h.Halls.Window(officer.WindowCode)
		return known && found, by.Covers(identity.Place{Region: hall.RegionCode, Department: window.DepartmentCode, Hall: hall.Code})
	})
	if err != nil && isFault(err) {
		return h.rosterPage(w, r, "", err) // the numbers are shown to nobody again
	}
	if err != nil {
		return err
	}
	return h.done(w, r, integrityPath+"/officers", fmt.Sprintf("已登记%d人；号码本身没有保存。", n))
}
