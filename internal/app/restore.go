package app

import (
	"errors"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
)

type restoreCommand struct {
	config.Storage
	From    string `help:"备份文件。" required:"" placeholder:"FILE"`
	Recount bool   `help:"恢复后接着核对统计数，如同 recount。"`
}

// Run restores a backup into an empty database: the file is read to its end before anything is written.
func (r *restoreCommand) Run(c *console) error {
	if err := r.Check(); err != nil {
		return err
	}
	keys, err := presentKeys(&r.Storage)
	if err != nil {
		return err
	}
	options, err := storeOptions(&r.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	began := time.Now()
	from, err := backup.Open(r.From, keys)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	if err := store.Vacant(c, options, from.Content); err != nil {
		return err
	}
	c.printf("正在核对备份……\n")
	_, plain, err := backup.Verify(r.From, keys)
	if err != nil {
		return errors.Join(err, errors.New("数据库未作任何改动"))
	}
	c.printf("备份完好：时刻 %s，%s，数据 %s。正在恢复……\n", beijing.FormatSecond(from.At), contentWords(from.Content), size(plain))
	if err := store.Restore(c, options, &from.Head, from); err != nil {
		return err
	}
	c.printf("已恢复，用时 %s；表结构已是最新。\n", time.Since(began).Round(time.Millisecond))
	c.printf("备份之后收到的评价、改过的账号和设置不在其中；所有登录都已结束，请核对此后停用过的账号和更换过的应用密钥；此后删除过的个人信息又回来了，请重新删除。\n")
	if !r.Recount {
		c.printf("接下来请运行 haochaping recount 核对统计数，运行 haochaping audit verify --head 核对审计日志，然后启动 serve。\n")
		return nil
	}
	recount := recountCommand{Storage: r.Storage}
	return recount.Run(c)
}
