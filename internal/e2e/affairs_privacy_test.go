package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/client"
)

// personalOfAffairs are the values of an affair's personal fields that occur nowhere else.
var personalOfAffairs = map[string]string{
	"userId": "uid-办件-8k2m", "userName": "上官独孤乙", "contactPhone": "13966554433", "certificateNo": "44010119770101888X", "affairDealOfficer": "公孙经办人",
}

// namedAffair is an affair with those values.
func namedAffair(serial string) tree {
	m := tree{"affairSerialNo": serial, "affairCode": "C-PRIVATE", "affairName": "身份证补领", "affairDoneTime": "20260107160000"}
	for field, value := range personalOfAffairs {
		m[field] = value
	}
	return m
}

// No answer, no figure, no line of the log, no metric, no command but the export of the rejected, and no column of the database
// that is not sealed shows what is personal in an affair, whether it was taken or rejected.
func TestNothingPersonalOfAffairsShows(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		var seen strings.Builder
		look := func(where, text string) { fmt.Fprintf(&seen, "%s: %s\n", where, text) }
		sender := c.newApp(t, "gzga02", "--affairs")
		many := func(affairs ...tree) string { return tree{"appCode": sender.app.Code, "affairs": affairs}.text() }
		for name, body := range map[string]string{
			"taken": many(namedAffair("P-1")), "same": many(namedAffair("P-1")), "changed": many(namedAffair("P-1").with("affairResult", "x")),
			"rejected": many(namedAffair("P-2").with("affairDoneTime", "x"), namedAffair("").with("affairCode", strings.Repeat("x", 40))),
			"too long": many(namedAffair("P-3").with("userName", strings.Repeat(personalOfAffairs["userName"], 20))),
			"in other fields": many(namedAffair("P-4").with("userType", personalOfAffairs["contactPhone"]).with("regionCode", personalOfAffairs["userName"]).
				with("affairDoneTime", personalOfAffairs["certificateNo"])),
			"wrong types": many(namedAffair("P-5").with("userName", []any{personalOfAffairs["userName"]})),
			"cut off":     strings.TrimSuffix(many(namedAffair("P-6")), "}"), "no list": tree{"appCode": sender.app.Code, "affairs": personalOfAffairs["userName"]}.text(),
		} {
			a := sender.call(t, request{path: client.PathAffairs, body: body})
			look(name, a.text+fmt.Sprint(a.header))
		}
		look("not allowed", c.call(t, request{path: client.PathAffairs, body: strings.Replace(many(namedAffair("P-7")), "gzga02", c.app.Code, 1)}).text)

		var table [][]string
		table = append(table, []string{"办件编号", "实施清单编码", "办结时间", "用户标识", "申请人姓名", "手机号码", "证件号码", "受理人"})
		row := func(serial, done string) []string {
			return []string{
				serial, "C-PRIVATE", done, personalOfAffairs["userId"], personalOfAffairs["userName"], personalOfAffairs["contactPhone"],
				personalOfAffairs["certificateNo"], personalOfAffairs["affairDealOfficer"],
			}
		}
		table = append(table, row("Q-1", "20260107160000"), row("Q-2", "x"), row("", "x"))
		file := listFile(t, csvOf(t, table))
		for _, arguments := range [][]string{{"import", "affairs", file}, {"import", "affairs", file, "--apply"}} {
			r := c.house.run(t, arguments...)
			look(strings.Join(arguments, " "), r.out+r.err)
		}
		rejected := filepath.Join(t.TempDir(), "rejected.csv")
		r := c.house.run(t, "export", "rejected", rejected)
		look("export", r.out+r.err)
		if list := string(read(t, rejected)); !strings.Contains(list, personalOfAffairs["certificateNo"]) || !strings.Contains(list, "P-2") {
			t.Errorf("the list to correct has not what was sent: %s", list)
		}
		orphans := filepath.Join(t.TempDir(), "orphans.csv")
		look("orphans", c.house.mustRun(t, "export", "orphans", orphans, "--days", "0")+string(read(t, orphans)))
		for _, by := range []string{"region", "department", "item", "hall", "window", "officer", "app"} {
			look("figures by "+by, c.house.mustRun(t, "figures", "affairs", "--by", by))
		}
		for _, path := range []string{"/ping/apis/response", "/ping/apis/response?type=2", "/metrics", "/readyz"} {
			_, body := c.server.get(t, path)
			look(path, body)
		}
		if status := c.server.stop(t); status != 0 {
			t.Errorf("exit status %d", status)
		}
		look("the log", c.server.logs.String())
		look("recount", c.house.mustRun(t, "recount"))
		look("the database", stored(t, c.house))
		for _, shown := range []string{`"msg":"refused"`, "C-PRIVATE", "P-1", "Q-1"} { // so everything was looked at
			if !strings.Contains(seen.String(), shown) {
				t.Errorf("%s shows nowhere", shown)
			}
		}
		showsNothingOf(t, seen.String(), personalOfAffairs)
	}, "--log-level", "debug")
}
