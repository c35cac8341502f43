package console

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/klauspost/compress/gzhttp"
)

const exportID = "0123456789abcdef01234567"

// exporter is a house with an export of rows that a test gives one by one, at /console/rows.
func exporter(t *testing.T, each func(yield func([]string) error) error) *house {
	t.Helper()
	h := newHouse(t)
	h.handler.table = append(h.handler.table, route{
		method: http.MethodGet, pattern: "/console/rows", action: identity.Export,
		do: func(w http.ResponseWriter, r *http.Request) error {
			return h.handler.export(w, r, "行", []string{"编号"}, each)
		},
	})
	h.remount()
	return h
}

func (b *browser) asksHowFar() (told exportTold) {
	b.t.Helper()
	s := b.get("/console/exports/" + exportID)
	if err := json.Unmarshal([]byte(s.body), &told); s.status != http.StatusOK || err != nil || s.header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("status %d, %v: %.200s", s.status, err, s.body)
	}
	return told
}

// While rows go out the page is told how many; when they are all there, that they are.
func TestAnExportTellsHowFarItIs(t *testing.T) {
	for _, format := range []string{csvFormat, xlsxFormat} {
		t.Run(format, func(t *testing.T) {
			reached, goOn := make(chan struct{}), make(chan struct{})
			row := strings.Repeat("一行字", 20)
			h := exporter(t, func(yield func([]string) error) error {
				for i := range 12_000 {
					if i == 8000 {
						close(reached)
						<-goOn
					}
					if err := yield([]string{row}); err != nil {
						return err
					}
				}
				return nil
			})
			b, other := h.as(t, "sheng"), h.as(t, "quyu")
			if told := b.asksHowFar(); told != (exportTold{State: exportUnknown}) {
				t.Errorf("before it begins: %+v", told)
			}
			ended := make(chan shown)
			go func() { ended <- b.get("/console/rows?format=" + format + "&progress=" + exportID) }()
			<-reached
			if told := b.asksHowFar(); told != (exportTold{State: exportRunning, Rows: 8000}) {
				t.Errorf("in the middle: %+v", told)
			}
			if told := other.asksHowFar(); told.State != exportUnknown {
				t.Errorf("another is told %+v", told)
			}
			close(goOn)
			if s := <-ended; s.status != http.StatusOK || s.body == "" {
				t.Errorf("status %d", s.status)
			}
			if told := b.asksHowFar(); told != (exportTold{State: exportDone, Rows: 12_000}) {
				t.Errorf("at the end: %+v", told)
			}
			links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "export", Limit: 5})
			if err != nil || len(links) != 1 || links[0].After != "format="+format {
				t.Errorf("noted %+v, %v", links, err)
			}
		})
	}
}

// A workbook begins to arrive while its rows are still being found.
func TestAWorkbookArrivesWhileItIsMade(t *testing.T) {
	arrived := make(chan struct{})
	h := exporter(t, func(yield func([]string) error) error {
		deadline := time.After(20 * time.Second)
		for i := 0; ; i++ {
			select {
			case <-arrived:
				return nil
			case <-deadline:
				return errors.New("nothing arrived")
			default:
			}
			if i < 500_000 {
				if err := yield([]string{strings.Repeat("字", i%90)}); err != nil {
					return err
				}
			}
		}
	})
	b := h.as(t, "sheng")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/console/rows?format=xlsx", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	close(arrived)
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Error(err)
	}
}

func TestAnExportThatFailsSaysWhy(t *testing.T) {
	broken := errors.New("the database is on fire")
	for _, tt := range []struct {
		name   string
		format string
		rows   int
		err    error
		status int
		why    string
	}{
		{"before a byte, in words", csvFormat, 0, fault.NewConflict("请缩小条件"), http.StatusConflict, "请缩小条件。"},
		{"before a byte", xlsxFormat, 0, broken, http.StatusInternalServerError, "导出中断了，没有得到完整的文件，请重试。"},
		{"in the middle, in words", csvFormat, 90000, fault.NewConflict("请缩小条件"), http.StatusOK, "请缩小条件。"},
		{"in the middle", csvFormat, 90000, broken, http.StatusOK, "导出中断了，没有得到完整的文件，请重试。"},
		{"in the middle of a workbook", xlsxFormat, 200000, broken, http.StatusOK, "导出中断了，没有得到完整的文件，请重试。"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := exporter(t, func(yield func([]string) error) error {
				for range tt.rows {
					if err := yield([]string{strings.Repeat("x", 100)}); err != nil {
						return err
					}
				}
				return tt.err
			})
			zip, err := gzhttp.NewWrapper(gzhttp.MinSize(512)) // as it is served
			if err != nil {
				t.Fatal(err)
			}
			h.served = zip(h.served)
			b := h.as(t, "sheng")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/console/rows?format="+tt.format+"&progress="+exportID, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := b.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close() //nolint:errcheck // a test reads it
			if response.StatusCode != tt.status {
				t.Errorf("status %d, want %d", response.StatusCode, tt.status)
			}
			if _, err := io.ReadAll(response.Body); (err != nil) != (tt.rows > 0) {
				t.Errorf("half a file is taken for a whole one: %v", err)
			}
			if told := b.asksHowFar(); told.State != exportFailed || told.Why != tt.why || int(told.Rows) != tt.rows {
				t.Errorf("told %+v", told)
			}
		})
	}
}

func TestExportsAreRememberedForAWhileAndNotTooMany(t *testing.T) {
	h := newHouse(t)
	h.as(t, "sheng")
	p, err := h.staff.Get(t.Context(), nil, "sheng")
	if err != nil {
		t.Fatal(err)
	}
	asking := func(id string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/rows?progress="+id, nil)
		return r.WithContext(withPresent(r.Context(), &identity.Present{Staff: *p}))
	}
	var e exports
	at := h.now()
	for _, id := range []string{"", "short", strings.Repeat("a", 41), "0123456789ABCDEF", "../../../../../etc"} {
		e.begin(asking(id), at)
	}
	if len(e.known) != 0 {
		t.Errorf("remembered %d that have no id", len(e.known))
	}
	first := e.begin(asking(exportID), at)
	if again := e.begin(asking(exportID), at); again == first {
		t.Error("a second export goes under the first one's id")
	}
	e.end(first, at, false, "")
	e.begin(asking(exportID+"00"), at.Add(exportMemory-1))
	if told := e.told("sheng", exportID); told.State != exportDone {
		t.Errorf("%+v", told)
	}
	e.begin(asking(exportID+"01"), at.Add(exportMemory))
	if told := e.told("sheng", exportID); told.State != exportUnknown {
		t.Errorf("%+v", told)
	}
	for i := range maxExports + 10 {
		e.begin(asking(exportID+strings.Repeat("a", 5)+string("0123456789abcdef"[i%16])+string("0123456789abcdef"[i/16%16])+string("0123456789abcdef"[i/256])), at)
	}
	if len(e.known) > maxExports {
		t.Errorf("%d are remembered", len(e.known))
	}
}

// A workbook is packed once, and text on its way to the browser.
func TestWorkbooksArePackedOnce(t *testing.T) {
	h := exporter(t, func(yield func([]string) error) error {
		for range 100 {
			if err := yield([]string{"一行字"}); err != nil {
				return err
			}
		}
		return nil
	})
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(512))
	if err != nil {
		t.Fatal(err)
	}
	h.served = zip(h.served)
	b := h.as(t, "sheng")
	b.header.Set("Accept-Encoding", "gzip")
	for format, want := range map[string]string{csvFormat: "gzip", xlsxFormat: ""} {
		s := b.get("/console/rows?format=" + format)
		if got := s.header.Get("Content-Encoding"); s.status != http.StatusOK || got != want || s.header.Get(gzhttp.HeaderNoCompression) != "" {
			t.Errorf("%s: status %d, encoding %q, want %q", format, s.status, got, want)
		}
	}
}
