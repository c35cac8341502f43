package console

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
)

// A department's people are offered the regions and halls of its own region, a hall's people none: others have nothing of theirs.
func TestFiltersOfferWhatOneSees(t *testing.T) {
	h := newHouse(t, withReviews(t, &rated{}), withVenues(t), withCases(t, &caseDesk{}))
	region, hall := regexp.MustCompile(`<select[^>]* name="region"`), regexp.MustCompile(`name="hall"`)
	for _, c := range []struct {
		login, path     string
		region, hall    bool
		offers, offered string // a region that is, and one that is not
	}{
		{"sheng", "/console/reviews", true, true, guangzhou, ""},
		{"quyu", "/console/reviews", true, true, guangzhou, shenzhen},
		{"bumen", "/console/reviews", true, true, guangzhou, shenzhen},
		{"dating", "/console/reviews", false, false, "", guangzhou},
		{"bumen", "/console/halls", true, false, guangzhou, shenzhen},
		{"dating", "/console/halls", false, false, "", shenzhen},
		{"bumen", "/console/cases", false, false, "", farHallCode}, // there is one hall alone
	} {
		b := h.as(t, c.login)
		s := b.get(c.path)
		if s.status != http.StatusOK || region.MatchString(s.body) != c.region || hall.MatchString(s.body) != c.hall {
			t.Errorf("%s at %s: status %d, region %v, hall %v", c.login, c.path, s.status, region.MatchString(s.body), hall.MatchString(s.body))
		}
		if c.offers != "" {
			b.wants(s, http.StatusOK, `<option value="`+c.offers+`"`)
		}
		if c.offered != "" {
			b.lacks(s, `<option value="`+c.offered+`"`)
		}
	}
}

// A hall's people are offered the departments that may have windows there: of its region, below it and above it.
func TestAHallIsOfferedTheDepartmentsAroundIt(t *testing.T) {
	h := newHouse(t, withReviews(t, &rated{}))
	h.registry.Replace(org.Guangdong(), []org.Department{
		{Code: policeCode, Name: "广州市公安局", RegionCode: guangzhou},
		{Code: "DEP-YX", Name: "越秀区民政局", RegionCode: "440104000000"},
		{Code: "DEP-GD", Name: "广东省民政厅", RegionCode: "440000000000"},
		{Code: taxCode, Name: "深圳市税务局", RegionCode: shenzhen},
	})
	b := h.as(t, "dating")
	s := b.get("/console/reviews")
	b.wants(s, http.StatusOK, "广州市公安局", "越秀区民政局", "广东省民政厅")
	b.lacks(s, "深圳市税务局")
}
