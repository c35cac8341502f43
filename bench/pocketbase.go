package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/porttest"
	"github.com/haochaping/haochaping/internal/sample"
)

// overPocketBase compares the group commit on SQLite with PocketBase storing one record of the same fields.
func overPocketBase(ctx context.Context, b *bench) error {
	other, err := startPocketBase(ctx, b.host)
	if err != nil {
		return err
	}
	records, err := prepareRecords()
	if err != nil {
		return err
	}
	group, err := b.fresh(ctx, sqlite, storeGroups, 1)
	if err != nil {
		return err
	}
	const ours, theirs = "group commit, 64 callers", "PocketBase, one record of the same fields, 64 callers"
	return b.compare(ctx, &comparison{
		title: "SQLite: group commit over PocketBase with its default settings (no fsync for each commit)",
		sides: []side{
			b.driven(ours, group, 64),
			{theirs, func(ctx context.Context) (reading, error) {
				return drive(ctx, other, load{callers: 64, requests: records, warm: b.warm(), measured: b.measured})
			}},
		},
		ratios: []ratio{{name: "group commit over PocketBase", of: ours, over: theirs, value: throughput, bar: 2.6, aim: 4}},
	})
}

// startPocketBase builds PocketBase from its own module and starts it over an empty folder.
func startPocketBase(ctx context.Context, t *host) (address string, err error) {
	folder, err := ownFolder()
	if err != nil {
		return "", err
	}
	program := filepath.Join(t.folder, "pocketbase")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // our own arguments
	build.Dir = filepath.Join(folder, "pocketbase")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build PocketBase: %w\n%s", err, out)
	}
	if address, _, err = porttest.Free(); err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, program, "serve", "--http="+address, "--dir="+filepath.Join(t.folder, "pocketbase-data")) //nolint:gosec // our own arguments
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return address, listening(ctx, address)
}

// ownFolder is where this program's source is, below the working folder.
func ownFolder() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/haochaping/haochaping/bench").Output() //nolint:noctx // at once
	if err != nil {
		return "", fmt.Errorf("find the source of bench (run it inside the repository): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// listening waits until somebody listens.
func listening(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// records are requests to PocketBase: the fields of affairs' reviews.
type records struct {
	list []prepared
	next atomic.Uint64
}

const recordsPath = "/api/collections/reviews/records"

func prepareRecords() (*records, error) {
	p := &records{}
	generator := sample.New(2, sample.Options{AppCode: appCode})
	now := time.Now()
	for range templates {
		body, err := json.Marshal(fieldsOf(generator.Affair(now)))
		if err != nil {
			return nil, err
		}
		p.list = append(p.list, prepared{
			head: requestHead(recordsPath, len(body)), body: body, number: endOf(body, "affairSerialNo") - numberLength,
		})
	}
	return p, nil
}

// fieldsOf lays a review out as one record, with what the program adds to it.
func fieldsOf(a client.AffairEval) map[string]any {
	var tags []string
	for _, tag := range a.TagList {
		tags = append(tags, tag.TagID)
	}
	return map[string]any{
		"appCode": a.AppCode, "evalEntityCode": a.EvalEntityCode,
		"departmentCode": a.Department.DepartmentCode, "departmentName": a.Department.DepartmentName,
		"affairSerialNo": a.Affair.AffairSerialNo, "affairCode": a.Affair.AffairCode, "affairName": a.Affair.AffairName,
		"affairDealOfficer": a.Affair.AffairDealOfficer,
		"affairApplyTime":   a.Affair.AffairApplyTime, "affairDoneTime": a.Affair.AffairDoneTime,
		"userId": a.User.UserID, "userName": a.User.UserName, "contactPhone": a.User.ContactPhone,
		"passportName": a.User.PassportName, "userType": a.User.UserType, "certificateType": a.User.CertificateType,
		"certificateNo": a.User.CertificateNo, "tagList": strings.Join(tags, ","), "generalStars": a.GeneralStars,
		"remark": a.Remark, "evalTime": a.EvalTime,
		"channel": catalog.ChannelOf(a.EvalEntityCode), "regionCode": "440100000000", "serial": "01JX8Q3F7K00A5ZV3M8K", "day": 20260101,
	}
}

// appendNext puts the next request behind buffer.
func (p *records) appendNext(buffer []byte) []byte {
	n := p.next.Add(1)
	return p.list[n%uint64(len(p.list))].appendTo(buffer, []byte("\r\n"), n)
}

// sign has nothing to sign.
func (p *records) sign(time.Time) {}
