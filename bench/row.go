package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

// onceColumns and reviewColumns are the columns of the schema, in the order of onceRow and reviewRow.
var (
	onceColumns   = []string{"slot", "once_key", "identity", "serial"}
	reviewColumns = []string{
		"slot", "identity", "serial", "kind", "app_code", "entity_code", "channel", "subject", "item_code", "item_name",
		"department_code", "department_name", "region_sent", "region_code", "work_no", "stars", "accept_stars", "deal_stars",
		"tags", "user_type", "certificate_type", "day", "eval_time", "apply_time", "deal_time", "done_time", "flags",
		"person_index", "certificate_index", "sealed", "received_at", "hall_code", "window_code", "publication",
	}
	counterColumns = []string{
		"dimension", "period", "code", "entity_code", "channel", "lane", "n1", "n2", "n3", "n4", "n5",
	}
)

func onceRow(r *review.Record) []any {
	return []any{int16(r.Slot), r.OnceKey[:], r.Identity[:], r.Serial} //nolint:gosec // below 32
}

func reviewRow(r *review.Record) []any {
	return []any{
		r.Slot, r.Identity[:], r.Serial, string(r.Kind), r.AppCode, r.EntityCode, r.Channel, r.Subject, r.ItemCode, r.ItemName,
		r.DepartmentCode, r.DepartmentName, r.RegionCode, r.Region, r.WorkNo, r.Stars, r.AcceptStars, r.DealStars,
		strings.Join(r.Tags, ","), optional(r.UserType), optional(r.CertificateType), r.Day, r.EvalTime.UnixMicro(),
		micros(r.ApplyTime), micros(r.DealTime), micros(r.DoneTime), int(r.Flags),
		r.PersonIndex[:], r.CertificateIndex[:], r.Sealed, r.ReceivedAt.UnixMicro(), r.HallCode, r.WindowCode, published,
	}
}

// published is the state of a remark that everybody may read, as the schema has it.
const published = 1

func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func optional(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// closedLane is the lane of what closing days makes, as the schema has it.
const closedLane = -1

func counterRow(key figures.Key, lane int, c figures.Counts) []any {
	if key.Derived() {
		lane = closedLane
	}
	return []any{int(key.Dimension), key.Period, key.Code, key.Entity, key.Channel, lane, c[0], c[1], c[2], c[3], c[4]}
}

func factOf(r *review.Record) figures.Fact {
	officer := r.WorkNo
	if r.HallCode != "" && officer != "" {
		officer = r.HallCode + "-" + officer
	}
	return figures.Fact{
		Region: r.Region, Department: r.DepartmentCode, Item: r.ItemCode, Officer: officer, App: r.AppCode,
		Entity: r.EntityCode, Channel: r.Channel, Hall: r.HallCode, Window: r.WindowCode, Tags: r.Tags, Stars: r.Stars, AcceptStars: r.AcceptStars,
		DealStars: r.DealStars, Flagged: r.Flags != 0, Day: r.Day, Hour: r.EvalTime.In(beijing.Zone).Hour(), Weight: 1,
	}
}

// insert is a statement for so many rows, with the parameters that the engine takes best: SQLite walks a list for each that has a
// number.
func insert(table string, columns []string, rows int, engine string) string {
	row := "(" + strings.Repeat(",?", len(columns))[1:] + ")"
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), strings.Repeat(","+row, rows)[1:])
	if engine == sqlite {
		return text
	}
	var numbered strings.Builder
	for n, part := range strings.Split(text, "?") {
		if n > 0 {
			fmt.Fprintf(&numbered, "$%d", n)
		}
		numbered.WriteString(part)
	}
	return numbered.String()
}
