package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

type auditCommands struct {
	Verify auditVerifyCommand `cmd:"" help:"核对审计日志的链，有缺失或改动则退出码为 1。"`
	Export auditExportCommand `cmd:"" help:"导出审计日志为 csv。"`
}

// openAudit opens the store alone: no key is needed to read the chain.
func openAudit(ctx context.Context, settings *config.Storage) (*store.Store, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	if err := presentDatabase(settings); err != nil {
		return nil, err
	}
	s, err := openStore(ctx, settings, org.NewRegistry(nil, nil))
	if err != nil {
		return nil, err
	}
	if err := s.CheckSchema(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

type auditVerifyCommand struct {
	config.Storage
	Head []string `help:"以前核对时留存的校验值，可多个：证明那时的记录至今未被删改。" placeholder:"NUMBER-HASH"`
}

// Run walks the chain, says what it found, and gives the value to keep.
func (v *auditVerifyCommand) Run(c *console) error {
	var anchors []audit.Anchor
	for _, text := range v.Head {
		anchor, ok := audit.ParseAnchor(text)
		if !ok {
			return fmt.Errorf("校验值 %q 不完整，应形如 42-66c7f0…", text)
		}
		anchors = append(anchors, anchor)
	}
	s, err := openAudit(c, &v.Storage)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing was written
	report, err := audit.Verify(c, s, anchors, nil)
	if err != nil {
		return err
	}
	if !report.Sound() {
		c.printf("不一致：第 %d 条，%s\n", report.Number, report.Broken.Words())
		return exit(1)
	}
	c.printf("一致：审计日志共 %d 条，没有缺失或改动\n校验值：%s\n请另行留存校验值（如打印或发到另一系统），下次用 --head 核对。\n", report.Head.Number, report.Head)
	return nil
}

type auditExportCommand struct {
	config.Storage
	File string `arg:"" help:"要生成的 csv 文件。"`
}

// auditColumns are the heads of the exported list: each link as it is hashed, and behind it the same in words.
var auditColumns = []string{"序号", "时间", "操作人", "操作", "对象", "变更前", "变更后", "原因", "请求编号", "来源地址", "校验值", "操作说明", "对象说明", "变更说明"}

// auditPage is how many links are read by one statement.
const auditPage = 2000

// Run writes the whole chain, oldest first.
func (e *auditExportCommand) Run(c *console) error {
	s, err := openAudit(c, &e.Storage)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing was written
	count := 0
	err = createList(e.File, 0o600, func(to io.Writer) error {
		count, err = writeAudit(c, s, to)
		return err
	})
	if err != nil {
		return err
	}
	c.printf("已导出审计日志 %d 条到 %s\n", count, e.File)
	return nil
}

func writeAudit(ctx context.Context, s audit.Store, to io.Writer) (count int, err error) {
	out, err := newList(to)
	if err != nil {
		return 0, err
	}
	out.write(append([]string(nil), auditColumns...)...)
	for after := int64(0); ; {
		n, err := s.AuditLinks(ctx, after, auditPage, func(l *audit.Link) error {
			after = l.Number
			out.write(auditRow(l)...)
			return out.csv.Error()
		})
		if err != nil {
			return count, err
		}
		count += n
		if n < auditPage {
			return count, flushed(out.csv)
		}
	}
}

func auditRow(l *audit.Link) []string {
	action, object, changes := administration.AuditWords(l)
	return []string{
		strconv.FormatInt(l.Number, 10), beijing.FormatSecond(l.At), l.Actor, l.Action, l.Object, l.Before, l.After, l.Reason, l.Request, l.Address,
		l.Anchor().String(), action, object, changes,
	}
}

func flushed(to *csv.Writer) error {
	to.Flush()
	return to.Error()
}
