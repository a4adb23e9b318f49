import "bullmq";
