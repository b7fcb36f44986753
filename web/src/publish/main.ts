import { createApp } from 'vue';
import '../style/base.css';
import PublishPage from './PublishPage.vue';

createApp(PublishPage).mount('#app');
