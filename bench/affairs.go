package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/jackc/pgx/v5"
)

// Bars of an import: a third of COPY's own speed, and memory that does not grow with the file.
const (
	importBar  = 1.0 / 3
	importFlat = 1.25
)

// importing compares the import of completed affairs from a csv, the program as an operator runs it, with PostgreSQL's own
// COPY of the very rows that it stored into a twin of the table with all its indexes; and its memory with that of a tenth.
func importing(ctx context.Context, b *bench) error {
	program, err := b.program(ctx)
	if err != nil {
		return err
	}
	list, tenth := filepath.Join(b.host.folder, "affairs.csv"), filepath.Join(b.host.folder, "tenth.csv")
	for name, rows := range map[string]int{list: b.affairs, tenth: b.affairs / 10} {
		if err := writeAffairs(name, rows); err != nil {
			return err
		}
	}
	const imported, copied, few = "import affairs", "COPY of the same rows", "import of a tenth"
	m := &importMeasure{bench: b, program: program}
	c := &comparison{
		title: fmt.Sprintf("%s: import of %d completed affairs from a csv over COPY into the same indexed table", postgres, b.affairs),
		brief: true,
		ratios: []ratio{
			{name: "speed of the import over COPY's", of: copied, over: imported, value: medianTime, bar: importBar, aim: 0.5},
		},
	}
	// COPY copies what was imported last, so the sides are always measured in this order.
	sides := []side{{imported, m.of(list)}, {copied, m.copied}, {few, m.of(tenth)}}
	readings := map[string][]reading{}
	for range b.runs {
		for _, s := range sides {
			r, err := s.measure(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			readings[s.name] = append(readings[s.name], r)
		}
	}
	c.print(os.Stdout, readings)
	most, tenths := spreadOf(values(readings[imported], throughput)), spreadOf(values(readings[few], throughput))
	flat := ratio{bar: importFlat, aim: 1.1, atMost: true}
	fmt.Printf("  most memory of the import: %.0f MB, of a tenth of the rows %.0f MB, ratio %.2f%s\n",
		most.median, tenths.median, most.median/tenths.median, flat.verdict(most.median/tenths.median))
	return nil
}

// importMeasure imports into a database of its own each time.
type importMeasure struct {
	*bench
	program, database string
}

// of imports a file. The reading's rate is the most memory that the process held, in megabytes.
func (m *importMeasure) of(file string) func(ctx context.Context) (reading, error) {
	return func(ctx context.Context) (reading, error) {
		folder, err := os.MkdirTemp(m.host.folder, "import-")
		if err != nil {
			return reading{}, err
		}
		p := &installed{program: m.program, folder: folder, database: m.host.database(postgres)}
		if err := p.install(ctx); err != nil { // migrates
			return reading{}, err
		}
		m.database = p.database
		command := exec.CommandContext(ctx, m.program, append([]string{"import", "affairs", file, "--apply"}, p.storage()...)...) //nolint:gosec // our own arguments
		var fault bytes.Buffer
		command.Stderr = &fault
		start := time.Now()
		if err := command.Run(); err != nil {
			return reading{}, fmt.Errorf("%w\n%s", err, &fault)
		}
		took := time.Since(start)
		usage, _ := command.ProcessState.SysUsage().(*syscall.Rusage)
		megabytes := float64(usage.Maxrss) / 1024
		return reading{median: took, high: took, work: took, perSecond: megabytes, note: fmt.Sprintf("  %5.0f MB", megabytes)}, nil
	}
}

// copied copies what was imported last.
func (m *importMeasure) copied(ctx context.Context) (r reading, err error) {
	connection, err := pgx.Connect(ctx, m.database)
	if err != nil {
		return reading{}, err
	}
	defer connection.Close(ctx) //nolint:errcheck // everything is committed
	name := filepath.Join(m.host.folder, "affair.copy")
	file, err := os.Create(name) //nolint:gosec // our own
	if err != nil {
		return reading{}, err
	}
	defer file.Close() //nolint:errcheck // it is deleted with the folder
	if _, err := connection.PgConn().CopyTo(ctx, file, "COPY affair TO STDOUT (FORMAT binary)"); err != nil {
		return reading{}, err
	}
	for _, statement := range []string{"DROP TABLE IF EXISTS twin", "CREATE TABLE twin (LIKE affair INCLUDING ALL)", "CHECKPOINT"} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return reading{}, err
		}
	}
	if _, err := file.Seek(0, 0); err != nil {
		return reading{}, err
	}
	return timed(ctx, 1, func(ctx context.Context) error {
		done, err := connection.PgConn().CopyFrom(ctx, bufio.NewReaderSize(file, 1<<20), "COPY twin FROM STDIN (FORMAT binary)")
		if err == nil && done.RowsAffected() == 0 {
			err = fmt.Errorf("nothing was imported")
		}
		return err
	})
}

// writeAffairs writes a csv of completed affairs as a business system gives them out, the same for the same number.
func writeAffairs(name string, rows int) error {
	file, err := os.Create(name) //nolint:gosec // our own
	if err != nil {
		return err
	}
	w := csv.NewWriter(file) // a failure stays until Flush and Error
	_ = w.Write([]string{
		"办件编号", "实施清单编码", "事项名称", "部门编码", "部门名称", "区划编码", "工号", "受理人", "办理结果", "申请人类型", "证件类型",
		"受理时间", "办结时间", "用户标识", "申请人姓名", "手机号码", "证件号码",
	})
	random := rand.New(rand.NewPCG(2019, 6)) //nolint:gosec // samples, not secrets
	items, offices, officers := sample.Items(), map[string]sample.Department{}, sample.Officers()
	for _, d := range sample.Departments() {
		offices[d.Code] = d
	}
	last := beijing.DayStart(beijing.Day(time.Now()))
	for n := range rows {
		item := items[random.IntN(len(items))]
		office, officer := offices[item.DepartmentCode], officers[random.IntN(len(officers))]
		done := last.Add(-time.Duration(float64(bulkDays*24*time.Hour) * float64(rows-n) / float64(rows)))
		_ = w.Write([]string{
			fmt.Sprintf("%s%08d%011d", item.Code, beijing.Day(done), n), item.Code, item.Name, office.Code, office.Name, office.RegionCode,
			officer.WorkNo, officer.Name, "办结", "0", "10", beijing.FormatSecond(done.Add(-72 * time.Hour)), beijing.FormatSecond(done),
			fmt.Sprintf("%032x", n), "陈伟", "138" + strconv.Itoa(10_000_000+n%80_000_000), "440100" + strconv.Itoa(100_000_000_000+n),
		})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return file.Close()
}
