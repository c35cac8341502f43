package e2e

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// personal are the values of personal fields that occur nowhere else, by the paths at which they are sent.
var personal = map[string]string{ //nolint:gosec // made up, and nobody's
	"user.userId": "uid-zq7w9k3x", "user.userName": "欧阳独孤甲", "user.contactPhone": "13977665544",
	"user.passportName": "passport-zq7w9k3x", "user.certificateNo": "44010119771231777X", "remark": "备注里的独家牢骚",
	"affair.affairDealOfficer": "司马受理人", "accept.operaterName": "诸葛接线员", "accept.remark": "受理环节的牢骚",
	"deal.remark": "承办环节的牢骚",
}

// named is a message with those values where its interface has such fields.
func named(path string, a app) tree {
	m := messageOf(path, a)
	for field, value := range personal {
		if strings.Contains(specified[path], "\t"+field+" ") {
			m = m.with(field, value)
		}
	}
	return m
}

// No answer, no public figure, no line of the log, no metric and no row of the database shows what is personal, whatever
// became of the request (domain.md 2 and 8).
func TestNothingPersonalShows(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		var seen strings.Builder
		look := func(where, text string) { fmt.Fprintf(&seen, "%s: %s\n", where, text) }
		for _, path := range []string{pathAffair, pathGuide, pathHotline} {
			for name, a := range fates(t, c, path) {
				look(path+", "+name, a.text+fmt.Sprint(a.header))
			}
		}
		for field, value := range personal {
			if !strings.Contains(fmt.Sprint(named(pathAffair, c.app), named(pathHotline, c.app)), value) {
				t.Errorf("%s is not sent", field)
			}
		}
		if got := c.counted(t); got != 3 {
			t.Fatalf("%d reviews are counted, want 3", got)
		}
		list := public[page[evalRow]](t, c, "evals").PageData
		for _, row := range list {
			if row.UserName != "欧*" {
				t.Errorf("a name is shown as %q, want 欧*", row.UserName)
			}
		}
		for _, path := range []string{"statistics", "statistics?type=2", "entity/eval/count", "tag/positions", "tag/positions?type=2", "evals/stars", "evals"} {
			_, body := c.server.get(t, "/ping/apis/"+path)
			look(path, body)
		}
		for _, value := range personal { // asked for by name they are not found, and not told again
			for _, parameter := range []string{"regionCode", "evalEntityCode", "startTime", "lastRecord", "pageNo"} {
				look("asked for", c.ask(t, "evals", parameter, value).text)
			}
			look("a path", c.call(t, request{path: "/ping/ebus/" + url.PathEscape(value), body: "{}"}).text)
			look("a path", c.askRaw(t, url.PathEscape(value), "").text)
			look("a look-up", c.call(t, request{method: http.MethodGet, path: pathTags + "?evalEntityCode=" + url.QueryEscape(value)}).text)
		}
		for _, path := range []string{"/metrics", "/healthz", "/readyz", "/ping/openapi.json"} {
			_, body := c.server.get(t, path)
			look(path, body)
		}
		if status := c.server.stop(t); status != 0 {
			t.Errorf("exit status %d", status)
		}
		look("the log", c.server.logs.String())
		look("recount", c.house.mustRun(t, "recount"))
		look("the database", stored(t, c.house))
		for _, shown := range []string{`"msg":"refused"`, "身份证补领", "11440100007482532C"} { // so everything was looked at
			if !strings.Contains(seen.String(), shown) {
				t.Errorf("%s shows nowhere", shown)
			}
		}
		showsNothingOf(t, seen.String(), personal)
	}, "--log-level", "debug")
}

// What a remark says of persons is no more public than what the rest of its request says (integration.md 10.1).
func TestPublicRemarksTellNoNumbers(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "gzga012345")
	c := &caller{server: h.serve(t, "--rate", "0"), house: h, app: a}
	remarks := []struct{ certificate, said, shown string }{
		{"440100199001011234", "我的身份证440100199001011234", "我的身份证******************"},
		{"440100199001011234", "身份证 440100-19900101-1234，很好", "身份证 ********************，很好"},
		{"E12345678", "护照 E12345678", "护照 *********"},
		{"C12345678", "通行证C12345678", "通行证*********"},
		{"H1234567890", "港澳ｈ１２３４５６７８９０", "港澳***********"},
		{"440100199001011234", "我爱人的44010619900307123", "我爱人的*****************"},
		{"440100199001011234", "她的护照 EA7654321", "她的护照 *********"},
		{"440100199001011234", "打138001380011390013900113700137001", "打*********************************"},
	}
	want := map[string]bool{}
	for _, r := range remarks {
		m := affairOf(a).with("remark", r.said).with("user.certificateNo", r.certificate).with("evalTime", at(time.Now()))
		if got := c.submit(t, pathAffair, m); got.code() != succeeded {
			t.Fatalf("%s: %s", r.said, got.text)
		}
		want[r.shown] = true
	}
	var shown struct {
		Data struct {
			Rows []struct {
				Remark string `json:"remark"`
			} `json:"rows"`
		} `json:"data"`
	}
	_, body := c.server.get(t, "/ping/apis/v1/newest")
	if err := json.Unmarshal([]byte(body), &shown); err != nil || len(shown.Data.Rows) != len(remarks) {
		t.Fatalf("%v: %s", err, body)
	}
	for _, row := range shown.Data.Rows {
		if !want[row.Remark] {
			t.Errorf("%s is public", row.Remark)
		}
	}
}

// showsNothingOf fails the test where a personal value shows, plain or in another form.
func showsNothingOf(t *testing.T, text string, personal map[string]string) {
	t.Helper()
	for field, value := range personal {
		for _, form := range []string{value, hex.EncodeToString([]byte(value)), url.QueryEscape(value), fmt.Sprintf("%+q", value)} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s shows in ...%s...", field, strings.ToValidUTF8(text[max(0, at-200):min(len(text), at+200)], ""))
			}
		}
	}
}

// fates are what can become of a message.
func fates(t *testing.T, c *caller, path string) map[string]*answer {
	t.Helper()
	m := named(path, c.app)
	answers := map[string]*answer{"stored": c.submit(t, path, m)}
	maps.Copy(answers, map[string]*answer{
		"known":      c.submit(t, path, m),
		"taken":      c.submit(t, path, m.with("evalTime", at(evaluated.Add(time.Second)))),
		"invalid":    c.submit(t, path, m.with("evalTime", "x").with("user.userType", m["user"].(map[string]any)["contactPhone"])),
		"too long":   c.submit(t, path, m.with("user.userName", strings.Repeat(personal["user.userName"], 20))),
		"wrong type": c.submit(t, path, m.with("user.contactPhone", []any{personal["user.contactPhone"]})),
		"as codes": c.submit(t, path, m.with("evalEntityCode", personal["user.contactPhone"]).
			with("tagList", tags(personal["user.contactPhone"], personal["user.userName"])).with("evalTime", personal["user.contactPhone"])),
		"foreign":     c.submit(t, path, m.with("appCode", "other")),
		"cut off":     c.call(t, request{path: path, body: m.text()[:len(m.text())-1]}),
		"key twice":   c.call(t, request{path: path, body: strings.Replace(m.text(), `"user":`, `"user":{"userName":"`+personal["user.userName"]+`"},"user":`, 1)}),
		"no JSON":     c.call(t, request{path: path, body: personal["user.userName"] + m.text()}),
		"unsigned":    c.call(t, request{path: path, body: m.text(), unsigned: true}),
		"other type":  c.call(t, request{path: path, body: m.text(), header: map[string]string{"Content-Type": "text/plain"}}),
		"other path":  c.call(t, request{path: path + "s", body: m.text()}),
		"other verb":  c.call(t, request{method: http.MethodPut, path: path, body: m.text()}),
		"too large":   c.call(t, request{path: path, body: m.text() + strings.Repeat(" ", 70_000)}),
		"with header": c.call(t, request{path: path, body: m.text(), header: map[string]string{"x-tif-uinfo": personal["user.userName"]}}),
	})
	return answers
}

// stored is all that a database holds, as text; bytes are in hexadecimal digits in PostgreSQL, as they are in SQLite.
func stored(t *testing.T, h *house) string {
	t.Helper()
	if file, embedded := strings.CutPrefix(h.database, "sqlite:"); embedded {
		var text strings.Builder
		for _, part := range []string{file, file + "-wal"} {
			bytes, err := os.ReadFile(part) //nolint:gosec // the test's own file
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			text.Write(bytes)
		}
		return text.String()
	}
	connection, err := pgx.Connect(t.Context(), h.database)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context()) //nolint:errcheck // everything was read
	rows, err := connection.Query(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 5 {
		t.Fatalf("tables: %v, %v", tables, err)
	}
	var text strings.Builder
	for _, table := range tables {
		var content string
		query := "SELECT coalesce(string_agg(t::text, ' '), '') FROM " + pgx.Identifier{table}.Sanitize() + " t"
		if err := connection.QueryRow(t.Context(), query).Scan(&content); err != nil {
			t.Fatal(err)
		}
		text.WriteString(content)
	}
	return text.String()
}
