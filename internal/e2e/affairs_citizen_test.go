package e2e

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/oidctest"
)

// visitor is a person with a browser that has no scripts.
type visitor struct {
	t       *testing.T
	town    *town
	browser *http.Client
}

// visit lets somebody log in at a window's page.
func (w *town) visit(t *testing.T, user oidctest.User) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, w, &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), w.provider.Issuer) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	asked := v.do(http.MethodGet, "/ping/window.html?w="+w.window, nil)
	if asked.location == "" {
		t.Fatalf("the window's page asks for no login: status %d", asked.status)
	}
	back := w.provider.SignIn(t, asked.location, user)
	v.do(http.MethodGet, strings.TrimPrefix(back.String(), w.url), nil)
	return v
}

// seen is where a request ended.
type seen struct {
	status   int
	path     string // after redirections
	location string
	text     string
}

func (v *visitor) do(method, path string, form url.Values) seen {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.town.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.town.url)
	}
	response, err := v.browser.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return seen{response.StatusCode, response.Request.URL.Path, response.Header.Get("Location"), string(text)}
}

// get gives a page's text.
func (v *visitor) get(path string) string {
	v.t.Helper()
	return v.do(http.MethodGet, path, nil).text
}

var ownAffair = regexp.MustCompile(`<li><a href="(/ping/window\.html\?[^"]*affair=([^"&]*)[^"]*)">`)

// offered are the serial numbers of the affairs that a window's page offers, with where each leads.
func (v *visitor) offered() map[string]string {
	v.t.Helper()
	found := map[string]string{}
	for _, link := range ownAffair.FindAllStringSubmatch(v.get("/ping/window.html?w="+v.town.window), -1) {
		found[link[2]] = html.UnescapeString(link[1])
	}
	return found
}

// Whoever scans a window's code sees his own affairs of that hall that he has not reviewed, wherever they came from, and
// nobody else's; the review is counted at once, and the affair is offered no more.
func TestACitizenSeesHisOwnAffairs(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := buildTown(t, h)
		yesterday := at(time.Now().AddDate(0, 0, -1))
		own := func(serial, certificate, hall string) client.CompletedAffair {
			return client.CompletedAffair{
				AffairSerialNo: serial, AffairCode: w.item.Code, AffairName: "身份证补领", RegionCode: guangzhou, HallCode: hall, AffairDoneTime: yesterday,
				UserName: "张三丰", CertificateNo: certificate,
			}
		}
		const zhangs, lis = "440100199001011234", "440100199202025678"
		list := affairList([]client.CompletedAffair{
			own("ZHANG-1", zhangs, w.hall), own("ZHANG-2", zhangs, w.hall), own("ZHANG-3", zhangs, "440100000999"), own("ZHANG-4", zhangs, ""),
			own("LI-1", lis, w.hall), own("NOBODY-1", "", w.hall),
		})
		h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, list)), "--apply")
		visitor, other := w.visit(t, zhang), w.visit(t, li)
		if got := visitor.offered(); len(got) != 3 || got["ZHANG-1"] == "" || got["ZHANG-2"] == "" || got["ZHANG-4"] == "" {
			t.Fatalf("Zhang is offered %v, want ZHANG-1, ZHANG-2, ZHANG-4", got)
		}
		if got := other.offered(); len(got) != 1 || got["LI-1"] == "" {
			t.Errorf("Li is offered %v, want LI-1", got)
		}
		before := counted(t, w.server)
		address := visitor.offered()["ZHANG-1"]
		if page := visitor.get(address); !strings.Contains(page, "身份证补领") || !strings.Contains(page, "办结") {
			t.Errorf("the page of an affair: %s", page)
		}
		if got := visitor.do(http.MethodPost, address, url.Values{"stars": {"4"}}); got.status != http.StatusOK || !strings.HasPrefix(got.path, "/ping/r/") {
			t.Errorf("rated: status %d at %s", got.status, got.path)
		}
		// Another's affair is not his to rate; of his own he sees what he said.
		for _, serial := range []string{"LI-1", "ZHANG-1", "NOBODY-1"} {
			path := "/ping/window.html?w=" + w.window + "&affair=" + serial
			got := visitor.do(http.MethodPost, path, url.Values{"stars": {"1"}})
			again := got.status == http.StatusOK && strings.HasPrefix(got.path, "/ping/r/") && strings.Contains(got.text, "您已评价过")
			if want := serial == "ZHANG-1"; again != want || !again && got.status != http.StatusNotFound {
				t.Errorf("%s: status %d at %s", serial, got.status, got.path)
			}
		}
		if got := counted(t, w.server); got != before+1 {
			t.Errorf("%d reviews are counted, want %d", got, before+1)
		}
		if got := visitor.offered(); len(got) != 2 || got["ZHANG-1"] != "" {
			t.Errorf("after the review Zhang is offered %v", got)
		}
		h.agrees(t)
	})
}

// A review of an affair that nobody vouches for waits (待核验), and counts the moment its affair arrives; a bad one has its
// case from then on.
func TestWaitingReviewsCountWhenTheirAffairArrives(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := buildTown(t, h)
		h.mustRun(t, "app", "affairs", "--code", w.app.Code)
		before, cases := counted(t, w.server), h.number(t, "SELECT count(*) FROM followup")
		for i, stars := range []string{"1", "5"} {
			path := fmt.Sprintf("/ping/pb/hallqr.html?msg=%s-GZ003-%s-WAIT-%d-%s", w.app.Code, w.hall, i, w.item.Code)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, strings.NewReader(url.Values{"stars": {stars}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", "application/json")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode >= 300 {
				t.Fatalf("%s: status %d", path, response.StatusCode)
			}
		}
		if got := counted(t, w.server); got != before {
			t.Errorf("%d reviews are counted before their affairs arrived, want %d", got, before)
		}
		orphans := filepath.Join(t.TempDir(), "orphans.csv")
		if out := h.mustRun(t, "export", "orphans", orphans, "--days", "0"); !strings.Contains(out, "3 条") {
			t.Errorf("orphans: %s\n%v", out, readList(t, orphans))
		}
		var affairs []client.CompletedAffair
		for i := range 2 {
			affairs = append(affairs, client.CompletedAffair{
				AffairSerialNo: fmt.Sprintf("WAIT-%d", i), AffairCode: w.item.Code, RegionCode: guangzhou, HallCode: w.hall, AffairDoneTime: at(time.Now().Add(-time.Hour)),
			})
		}
		eventually(t, "the app may send affairs", func() bool {
			receipt, err := w.client(w.app).SubmitAffairs(t.Context(), client.CompletedAffairs{AppCode: w.app.Code, Affairs: affairs})
			return err == nil && receipt.Accepted == 2
		})
		if got := counted(t, w.server); got != before+2 {
			t.Errorf("%d reviews are counted after their affairs arrived, want %d", got, before+2)
		}
		if got := h.number(t, "SELECT count(*) FROM followup"); got != cases+1 {
			t.Errorf("%d cases, want %d", got, cases+1)
		}
		later := filepath.Join(t.TempDir(), "orphans.csv")
		h.mustRun(t, "export", "orphans", later, "--days", "0")
		if rows := readList(t, later); len(rows) != 2 || rows[1][6] != "是" {
			t.Errorf("orphans now: %v", rows)
		}
		h.agrees(t)
	})
}
