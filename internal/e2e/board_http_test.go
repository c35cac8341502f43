package e2e

import (
	"encoding/csv"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestTheBoardOverHTTP(t *testing.T) {
	const origin = "https://www.example.gov.cn"
	onContract(t, func(t *testing.T, c *caller) {
		c.mustSubmit(t, pathAffair, affairOf(c.app).with("evalTime", at(time.Now())))
		t.Run("who has it gets it not again", func(t *testing.T) {
			var etag string
			eventually(t, "the review shows", func() bool {
				a := c.server.board(t, "/ping/board")
				etag = a.header.Get("Etag")
				return strings.Contains(a.text, `data-count="1"`)
			})
			if a := c.server.board(t, "/ping/board", "If-None-Match", etag); a.status != http.StatusNotModified || a.text != "" {
				t.Errorf("status %d", a.status)
			}
			c.mustSubmit(t, pathAffair, affairOf(c.app).with("evalTime", at(time.Now())))
			eventually(t, "a new review makes another page", func() bool {
				return c.server.board(t, "/ping/board", "If-None-Match", etag).status == http.StatusOK
			})
		})
		t.Run("frames", func(t *testing.T) {
			for address, want := range map[string]string{
				"/ping/board": "'none'", "/ping/board?embed=1": origin + " http://localhost:3000", "/ping/board/embed/ranking?region=4401": origin + " http://localhost:3000",
			} {
				a := c.server.board(t, address)
				if policy := a.header.Get("Content-Security-Policy"); a.status != http.StatusOK || !strings.HasSuffix(policy, "frame-ancestors "+want) || strings.Contains(policy, "unsafe") {
					t.Errorf("%s: %d %s", address, a.status, policy)
				}
			}
		})
		t.Run("addresses that say nothing", func(t *testing.T) {
			for query, want := range map[string]string{
				"region=999999999999": "region", "period=yesterday": "period", "entity=x": "entity", "channel=x": "channel", "by=officers": "by",
				"rank=x": "rank", "region=%3Cscript%3E": "region",
			} {
				a := c.server.board(t, "/ping/board?"+query)
				if a.status != http.StatusBadRequest || !strings.Contains(a.text, want+"</strong>") || !strings.Contains(a.text, "应为") || strings.Contains(a.text, "<script>") {
					t.Errorf("%s: %d %s", query, a.status, a.text)
				}
			}
			if a := c.server.board(t, "/ping/board/download/officers.csv"); a.status != http.StatusNotFound {
				t.Errorf("a table of officers: %d", a.status)
			}
		})
		t.Run("the way in", func(t *testing.T) {
			if a := c.server.board(t, "/"); a.status != http.StatusFound || a.header.Get("Location") != "/ping/board" {
				t.Errorf("got %d %v", a.status, a.header)
			}
		})
	}, "--frame-origins", origin+",http://localhost:3000")
}

func TestOriginsThatAreNone(t *testing.T) {
	h := onSQLite(t)
	for _, origin := range []string{"www.example.gov.cn", "http://www.example.gov.cn", "https://www.example.gov.cn/", "https://*.gov.cn", "https://a;script-src", "*"} {
		r := h.run(t, "serve", "--listen", "127.0.0.1:0", "--frame-origins", origin)
		if r.status != 1 || !strings.Contains(r.err, "frame-origins") {
			t.Errorf("%s: status %d, %s", origin, r.status, r.err)
		}
	}
}

// A department may call itself what it likes: in a file it is a text.
func TestFilesOfTheBoard(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		names := map[string]string{"D1": "=1+1", "D2": "+86", "D3": "-2+3", "D4": "@SUM(A1)", "D5": `公安局,"分局"`, "D6": "\t=1"}
		for code, name := range names {
			c.mustSubmit(t, pathAffair, affairOf(c.app).with("department.departmentCode", code).with("department.departmentName", name).with("evalTime", at(time.Now())))
		}
		state := url.Values{"period": {"today"}}
		var table boardTable
		eventually(t, "every department is counted", func() bool {
			table = c.server.boardTable(t, "alldepartments", state)
			return len(table.Rows) == len(names)
		})
		a := c.server.board(t, "/ping/board/download/alldepartments.csv?period=today")
		if !strings.HasPrefix(a.text, "\ufeff") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Errorf("%v %.40q", a.header, a.text)
		}
		_, parameters, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if got, want := parameters["filename"], "广东省-"+table.Title+"-今天.csv"; err != nil || got != want {
			t.Errorf("the file is called %s, %v, want %s", got, err, want)
		}
		reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.text, "\ufeff")))
		reader.FieldsPerRecord = -1
		rows, err := reader.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") {
					t.Errorf("a program may take %q for a formula", cell)
				}
			}
		}
		for _, column := range table.Columns {
			if column.Formula != "" && !strings.Contains(a.text, column.Formula) {
				t.Errorf("how %s is made is not told", column.Title)
			}
		}
		file := filepath.Join(t.TempDir(), "x.xlsx")
		if err := os.WriteFile(file, []byte(c.server.board(t, "/ping/board/download/alldepartments.xlsx?period=today").text), 0o600); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenFile(file)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close() //nolint:errcheck // only read
		if sheets := book.GetSheetList(); len(sheets) != 2 {
			t.Errorf("pages %v", sheets)
		}
		cells, err := book.GetRows("数据")
		if err != nil || len(cells) != len(names)+1 {
			t.Fatalf("%v %v", cells, err)
		}
		for n, row := range table.Rows {
			for i, column := range table.Columns {
				want := ""
				if row[column.Key] != nil {
					want = fmt.Sprint(row[column.Key])
				}
				got := ""
				if i < len(cells[n+1]) {
					got = cells[n+1][i]
				}
				cell, _ := excelize.CoordinatesToCellName(i+1, n+2)
				if formula, _ := book.GetCellFormula("数据", cell); got != want || formula != "" {
					t.Errorf("%s: got %q, formula %q, want %q", cell, got, formula, want)
				}
				if _, number := row[column.Key].(float64); number {
					if kind, _ := book.GetCellType("数据", cell); kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
						t.Errorf("%s is no number", cell)
					}
				}
			}
		}
	})
}
